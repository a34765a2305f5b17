package storetest

import "github.com/ringsession/ringsession/internal/storemodel"

type outcome = storemodel.Outcome

const (
	ok       = storemodel.OK
	notFound = storemodel.NotFound
	gone     = storemodel.Gone
	renewed  = storemodel.Renewed
	exists   = storemodel.Exists
	tooLarge = storemodel.TooLarge
	noCount  = storemodel.NoCount
	taken    = storemodel.Taken
	forgot   = storemodel.Forgotten
	refused  = storemodel.Refused
	failed   = storemodel.Unknown
)

// describe shows the error itself where the outcome does not say enough.
func describe(err error) string {
	if o := storemodel.OutcomeOf(err); !o.Failed() {
		return string(o)
	}
	return err.Error()
}

func outcomeOf(err error) outcome { return storemodel.OutcomeOf(err) }
