package storetest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storemodel"
)

// The size of one random history. Families are sessions at different places, so
// each is checked by itself. A session has idCount IDs at most.
const (
	clients        = 8
	stepsPerClient = 16
	families       = 2
	idCount        = 4
)

// patience is how long one check may take. It needs milliseconds.
const patience = time.Minute

// histories lets several clients do random things to the same sessions, and
// looks for an order of their calls, one after the other, that explains all
// they saw.
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
	ids      [families][]store.ID
	plans    [clients][stepsPerClient]planned
	families [families][]storemodel.Call
}

type planned struct {
	family int
	step   storemodel.Step
}

// newHistory plans everything before anything happens: the plan depends on the
// seed and the number alone.
func (x *trial) newHistory(number uint64) *history {
	rng := rand.New(rand.NewPCG(x.seed, number))
	h := new(history)
	var saves [families][]storemodel.Step
	for i := range stepsPerClient {
		for c := range clients {
			p := planned{family: rng.IntN(families)}
			if i == 0 {
				// Every client begins with a create, so that there is something
				// to work on.
				p.family = c % families
			}
			p.step = randomStep(rng, i, fmt.Sprintf("%d.%d", c, i))
			if p.step.Op == "save" {
				if known := saves[p.family]; len(known) > 0 && rng.IntN(4) == 0 {
					p.step = known[max(0, len(known)-1-rng.IntN(6))]
					p.step.Again = p.step.Once
				}
				saves[p.family] = append(saves[p.family], p.step)
			}
			h.plans[c][i] = p
		}
	}
	for f := range h.ids {
		first := x.newID()
		h.ids[f] = []store.ID{first}
		for range idCount - 1 {
			h.ids[f] = append(h.ids[f], x.next(first))
		}
	}
	return h
}

// ops are the calls of a history, each as often as it is to come up.
var ops = []string{
	"create", "load", "load", "load", "load", "save", "save", "save", "save", "save", "save",
	"renew", "refresh", "destroy",
}

// randomStep returns a call with random contents; value is unique to it.
// Nothing is destroyed in the first half, because no session comes back.
func randomStep(rng *rand.Rand, turn int, value string) storemodel.Step {
	s := storemodel.Step{Op: ops[rng.IntN(len(ops))], ID: rng.IntN(idCount)}
	if turn == 0 {
		s.Op, s.ID = "create", rng.IntN(2)
	}
	switch s.Op {
	case "load", "refresh":
		return s
	case "destroy":
		if turn < stepsPerClient/2 {
			s.Op = "load"
		} else {
			s.Within = time.Duration(rng.IntN(2)) * time.Hour
		}
		return s
	case "renew":
		// A fingerprint is used once.
		s.ID = rng.IntN(idCount - 1)
		s.Next = s.ID + 1 + rng.IntN(idCount-1-s.ID)
	case "save":
		if rng.IntN(4) > 0 {
			s.Nonce = "n" + value
		}
	}
	s.Clear = rng.IntN(8) == 0
	if s.Op != "create" && rng.IntN(3) == 0 {
		randomOnce(rng, &s, value)
	} else {
		for i := range storemodel.Keys {
			if rng.IntN(2) == 0 {
				s.Set[i] = value
			}
			s.Drop[i] = rng.IntN(4) == 0
		}
	}
	if s.Op != "save" && rng.IntN(3) == 0 {
		s.Login = value
	}
	switch rng.IntN(8) {
	case 0:
		s.Limits.Fields = 1 + rng.IntN(2)
	case 1:
		s.Limits.Bytes = 5 + rng.IntN(10)
	}
	return s
}

// randomOnce makes s a step that must not be done twice.
func randomOnce(rng *rand.Rand, s *storemodel.Step, value string) {
	s.Once, s.Nonce = true, "n"+value
	for i := range storemodel.Keys {
		switch rng.IntN(5) {
		case 0:
			s.Set[i] = value
		case 1:
			s.Set[i] = fmt.Sprint(rng.IntN(3))
		case 2:
			s.Add[i] = int64(rng.IntN(7) - 2)
		case 3:
			s.Take[i] = !s.Clear
		}
	}
	if s.Clear {
		s.Add = [storemodel.Keys]int64{}
	}
	s.Most = int64(rng.IntN(2) * rng.IntN(9))
}

// record carries out the plan.
func (h *history) record(on store.Store) {
	var seen [clients][families][]storemodel.Call
	begin := time.Now()
	together(several(clients, func(c int) error {
		for _, p := range h.plans[c] {
			call := storemodel.Call{Client: c, Step: p.step, Begin: time.Since(begin)}
			call.Reply = p.step.Do(background, on, h.ids[p.family])
			call.End = time.Since(begin)
			seen[c][p.family] = append(seen[c][p.family], call)
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
func explain(calls []storemodel.Call) string {
	for _, call := range calls {
		if call.Outcome.Failed() {
			return call.String()
		}
	}
	return storemodel.Check(calls, patience)
}

// notes writes a history into the trace: first the order that explains most
// calls, then those that it cannot explain.
func (x *trial) notes(calls []storemodel.Call) {
	explained, rest := storemodel.Explain(calls, patience)
	for _, call := range explained {
		x.note("%v", call)
	}
	x.note("None of the calls that follow fits here:")
	for _, call := range rest {
		x.note("%v", call)
	}
}
