package storetest

import "github.com/anishathalye/porcupine"

// A kind is what the model store keeps under an id.
type kind int

const (
	none kind = iota
	session
	mark
)

type slot struct {
	kind   kind
	nonce  string // of the create
	user   string
	values [keyCount]string // "" is no field
	next   int              // of a mark: the id it leads to
}

// A memory is the state of the model store: the contract in its plainest form, one call after the other.
type memory [idCount]slot

// model accepts the histories that can be explained by some order of their calls, each at one moment while it lasts.
var model = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{memory{}} },
	Step: func(state, input, output any) []any {
		var states []any
		for _, m := range state.(memory).after(input.(step), output.(reply)) {
			states = append(states, m)
		}
		return states
	},
}).ToModel()

// after returns the states in which a store may be that gave this reply: none if it should have given another.
func (m memory) after(s step, got reply) []memory {
	at := m[s.id]
	switch s.op {
	case "create":
		return m.create(s, got)
	case "load":
		if at.kind == session {
			return m.when(got.outcome == ok && got.user == at.user && got.values == at.values)
		}
		return m.when(got.outcome == map[kind]outcome{none: notFound, mark: renewed}[at.kind])
	case "save":
		if at.kind == session {
			m[s.id] = at.apply(s)
			return m.when(got.outcome == ok)
		}
		return m.when(got.outcome == at.refusal())
	case "renew":
		return m.renew(s, got)
	case "refresh":
		return m.when(got.outcome == ok)
	default:
		return m.destroy(s, got)
	}
}

func (m memory) when(possible bool) []memory {
	if possible {
		return []memory{m}
	}
	return nil
}

func (m memory) create(s step, got reply) []memory {
	switch at := m[s.id]; {
	case at.kind == none:
		m[s.id] = slot{kind: session, nonce: s.nonce}.apply(s)
		return m.when(got.outcome == ok)
	case at.kind == session && at.nonce == s.nonce:
		return m.when(got.outcome == ok)
	case at.nonce == s.nonce:
		// The contract does not say whether a renewal ends the right of a create to be repeated.
		return m.when(got.outcome == ok || got.outcome == exists)
	default:
		return m.when(got.outcome == exists)
	}
}

func (m memory) renew(s step, got reply) []memory {
	at, taken := m[s.id], m[s.next].kind != none
	switch {
	case at.kind == mark && at.next == s.next:
		return m.when(got.outcome == ok)
	case at.kind != session:
		// If the new id is taken as well, the contract does not say which is told.
		return m.when(got.outcome == at.refusal() || taken && got.outcome == exists)
	case taken:
		return m.when(got.outcome == exists)
	}
	m[s.next], m[s.id] = at.apply(s), slot{kind: mark, nonce: at.nonce, next: s.next}
	return m.when(got.outcome == ok)
}

// destroy leaves it to the store whether the marks that led to the session stay until their time is over.
func (m memory) destroy(s step, got reply) []memory {
	unmarked, id := m, s.id
	for m[id].kind == mark {
		unmarked[id] = slot{}
		id = m[id].next
	}
	m[id], unmarked[id] = slot{}, slot{}
	if got.outcome != ok {
		return nil
	}
	return []memory{m, unmarked}
}

// refusal is what a change gets where no session is.
func (at slot) refusal() outcome {
	if at.kind == mark {
		return renewed
	}
	return gone
}

func (at slot) apply(s step) slot {
	for i := range at.values {
		if s.clear || s.drop[i] {
			at.values[i] = ""
		}
		if s.set[i] != "" {
			at.values[i] = s.set[i]
		}
	}
	if s.login != "" {
		at.user = s.login
	}
	return at
}
