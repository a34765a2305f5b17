package storetest

import (
	"fmt"
	"math/rand/v2"

	"github.com/ringsession/ringsession/core"
)

// idCount is how many ids the sessions of one history move among, keyCount how many fields they have.
const (
	idCount  = 4
	keyCount = 3
)

// A step is one call of a history, with ids and fields given by their numbers.
type step struct {
	op       string
	id, next int
	nonce    string // of a create: unique to its id, so that no renewal brings it to another
	clear    bool
	drop     [keyCount]bool
	set      [keyCount]string // "" sets nothing
	login    string
}

// A reply is what a step returned.
type reply struct {
	outcome
	user   string           // of a load
	values [keyCount]string // of a load; "" is no field
	err    error
}

// ops are the calls of a history, each as often as it is to come up.
var ops = []string{
	"create", "create", "load", "load", "load", "load", "save", "save", "save", "save", "save",
	"renew", "renew", "refresh", "refresh", "destroy",
}

// randomStep returns a call with random contents; value is unique to it.
func randomStep(rng *rand.Rand, op string, id int, value string) step {
	s := step{op: op, id: id}
	s.next = (id + 1 + rng.IntN(idCount-1)) % idCount
	s.nonce = fmt.Sprintf("nonce%d.%d", id, rng.IntN(2))
	for i := range keyCount {
		if rng.IntN(2) == 0 {
			s.set[i] = value
		}
		s.drop[i] = rng.IntN(4) == 0
	}
	s.clear = rng.IntN(8) == 0
	if s.op != "save" && rng.IntN(3) == 0 {
		s.login = value
	}
	return s
}

func (s step) delta() core.Delta {
	d := core.Delta{Clear: s.clear, Login: s.login, Set: fields{}}
	for i := range keyCount {
		if s.drop[i] {
			d.Delete = append(d.Delete, keyName(i))
		}
		if s.set[i] != "" {
			d.Set[keyName(i)] = s.set[i]
		}
	}
	return withLife(d)
}

func keyName(i int) string { return string(rune('a' + i)) }

// do makes the call on the store; ids has the id of every number.
func (s step) do(store core.Store, ids []core.ID) reply {
	var err error
	switch s.op {
	case "create":
		err = store.Create(background, ids[s.id], s.nonce, s.delta())
	case "load":
		return replyOf(store.Load(background, ids[s.id]))
	case "save":
		err = store.Save(background, ids[s.id], s.delta())
	case "renew":
		err = store.Renew(background, ids[s.id], ids[s.next], s.delta())
	case "refresh":
		err = store.Refresh(background, ids[s.id], life)
	case "destroy":
		err = store.Destroy(background, ids[s.id])
	}
	return reply{outcome: outcomeOf(err), err: err}
}

func replyOf(r *core.Record, err error) reply {
	if err != nil {
		return reply{outcome: outcomeOf(err), err: err}
	}
	found, n := reply{outcome: ok, user: r.User}, 0
	for i := range keyCount {
		value, there := r.Fields[keyName(i)]
		found.values[i] = value
		if there {
			n++
		}
	}
	if n < len(r.Fields) {
		found.outcome, found.err = failed, fmt.Errorf("fields that nobody wrote: %q", r.Fields)
	}
	return found
}

// String describes the call as the rules' traces do.
func (s step) String() string {
	switch s.op {
	case "create":
		return fmt.Sprintf("create id%d, %s, %s", s.id, s.nonce, show(s.delta()))
	case "save":
		return fmt.Sprintf("save id%d, %s", s.id, show(s.delta()))
	case "renew":
		return fmt.Sprintf("renew id%d to id%d, %s", s.id, s.next, show(s.delta()))
	}
	return fmt.Sprintf("%s id%d", s.op, s.id)
}

func (r reply) String() string {
	switch {
	case r.outcome == failed:
		return r.err.Error()
	case r.outcome == ok && r.values != [keyCount]string{} || r.user != "":
		return fmt.Sprintf("ok, values %q, user %q", r.values, r.user)
	}
	return string(r.outcome)
}
