package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/ringsession/ringsession/core"
)

// The size of one random history. Families are sessions that share no ids, so each is checked by itself.
const (
	clients        = 8
	stepsPerClient = 16
	families       = 2
)

// histories lets several clients do random things to the same sessions, and looks for an order of their calls, one after the
// other, that explains all they saw.
func histories(x *trial) {
	for i := range x.histories {
		h := x.newHistory(uint64(i))
		h.record(x.store)
		for _, calls := range h.families {
			if problem := explain(calls); problem != "" {
				x.notes(calls)
				x.fail("%s (history %d of STORETEST_SEED=%d)", problem, i, x.seed)
			}
		}
	}
}

// A history is what the clients are to do, and then what they did.
type history struct {
	ids      [families][]core.ID
	plans    [clients][stepsPerClient]planned
	families [families][]porcupine.Operation
}

type planned struct {
	family int
	step   step
}

// newHistory plans everything before anything happens: the plan depends on the seed and the number alone.
func (x *trial) newHistory(number uint64) *history {
	rng := rand.New(rand.NewPCG(x.seed, number))
	h := new(history)
	for c := range h.plans {
		for i := range h.plans[c] {
			family, op, id := rng.IntN(families), ops[rng.IntN(len(ops))], rng.IntN(idCount)
			if i == 0 {
				// Every client begins with a create, so that there is something to work on.
				family, op, id = c%families, "create", c/families
			}
			h.plans[c][i] = planned{family, randomStep(rng, op, id, fmt.Sprintf("%d.%d", c, i))}
		}
	}
	for f := range h.ids {
		first := x.newID()
		h.ids[f] = []core.ID{first}
		for range idCount - 1 {
			h.ids[f] = append(h.ids[f], x.next(first))
		}
	}
	return h
}

// record carries out the plan.
func (h *history) record(store core.Store) {
	var seen [clients][families][]porcupine.Operation
	begin := time.Now()
	together(several(clients, func(c int) error {
		for _, p := range h.plans[c] {
			call := time.Since(begin)
			got := p.step.do(store, h.ids[p.family])
			seen[c][p.family] = append(seen[c][p.family], porcupine.Operation{
				ClientId: c, Input: p.step, Output: got, Call: int64(call), Return: int64(time.Since(begin)),
			})
		}
		return nil
	})...)
	for c := range seen {
		for f := range seen[c] {
			h.families[f] = append(h.families[f], seen[c][f]...)
		}
	}
}

// explain returns what is wrong with the calls, or "".
func explain(calls []porcupine.Operation) string {
	for _, call := range calls {
		if r := call.Output.(reply); r.outcome == failed {
			return fmt.Sprintf("client %d, %v: %v", call.ClientId, call.Input, r.err)
		}
	}
	if !porcupine.CheckOperations(model, calls) {
		return "no order of these calls explains what they returned"
	}
	return ""
}

// notes writes a history into the trace: first the order that explains most calls, then those that it cannot explain.
func (x *trial) notes(calls []porcupine.Operation) {
	_, info := porcupine.CheckOperationsVerbose(model, calls, 0)
	var explained []porcupine.Operation
	for _, order := range info.PartialLinearizationsOperations()[0] {
		if len(order) > len(explained) {
			explained = order
		}
	}
	rest := slices.DeleteFunc(slices.Clone(calls), func(call porcupine.Operation) bool {
		return slices.ContainsFunc(explained, func(e porcupine.Operation) bool {
			return e.ClientId == call.ClientId && e.Call == call.Call
		})
	})
	slices.SortFunc(rest, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	for i, call := range slices.Concat(explained, rest) {
		if i == len(explained) {
			x.note("None of the calls that follow fits here:")
		}
		x.note("client %d, from %.1f to %.1f µs: %v: %v",
			call.ClientId, float64(call.Call)/1e3, float64(call.Return)/1e3, call.Input, call.Output)
	}
}
