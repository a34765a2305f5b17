package storemodel

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// Check looks for an order of the calls that explains what all of them
// returned, for so long. It returns "" or what is wrong.
func Check(calls []Call, patience time.Duration) string {
	switch porcupine.CheckOperationsTimeout(model, operations(calls), patience) {
	case porcupine.Ok:
		return ""
	case porcupine.Unknown:
		return "the checker did not come to an end"
	}
	return "no order of these calls explains what they returned"
}

// operations are the calls for the checker. It learns nothing from a call that
// had no effect, nor from a read that failed.
func operations(calls []Call) []porcupine.Operation {
	var ops []porcupine.Operation
	for _, c := range calls {
		end := int64(c.End)
		switch {
		case c.Outcome == Refused, c.Outcome == Unknown && c.Op == "load":
			continue
		case c.Outcome == Unknown:
			end = math.MaxInt64
		}
		ops = append(ops, porcupine.Operation{
			ClientId: c.Client, Input: c, Call: int64(c.Begin), Return: end,
		})
	}
	return ops
}

// Explain splits the calls: explained is the order that explains most of them,
// rest are those that do not fit there.
func Explain(calls []Call, patience time.Duration) (explained, rest []Call) {
	_, info := porcupine.CheckOperationsVerbose(model, operations(calls), patience)
	var best []porcupine.Operation
	for _, partition := range info.PartialLinearizationsOperations() {
		for _, order := range partition {
			if len(order) > len(best) {
				best = order
			}
		}
	}
	for _, op := range best {
		explained = append(explained, op.Input.(Call))
	}
	rest = slices.DeleteFunc(slices.Clone(calls), func(c Call) bool {
		return slices.ContainsFunc(explained, func(e Call) bool {
			return e.Client == c.Client && e.Begin == c.Begin
		})
	})
	slices.SortFunc(rest, func(a, b Call) int { return cmp.Compare(a.Begin, b.Begin) })
	return explained, rest
}
