package storetest

import (
	"errors"

	"github.com/ringsession/ringsession/core"
)

// An outcome is what a call's error says, as the contract tells errors apart.
type outcome string

const (
	ok       outcome = "ok"
	notFound outcome = "ErrNotFound"
	gone     outcome = "ErrGone"
	renewed  outcome = "ErrRenewed"
	exists   outcome = "ErrExists"
	corrupt  outcome = "ErrCorrupt"
	failed   outcome = "another error"
)

func outcomeOf(err error) outcome {
	if err == nil {
		return ok
	}
	for _, sentinel := range []struct {
		err error
		outcome
	}{
		{core.ErrRenewed, renewed}, // first, because it is an ErrNotFound and an ErrGone as well
		{core.ErrNotFound, notFound},
		{core.ErrGone, gone},
		{core.ErrExists, exists},
		{core.ErrCorrupt, corrupt},
	} {
		if errors.Is(err, sentinel.err) {
			return sentinel.outcome
		}
	}
	return failed
}

// describe shows the error itself where the outcome does not say enough.
func describe(err error) string {
	if o := outcomeOf(err); o != failed {
		return string(o)
	}
	return err.Error()
}
