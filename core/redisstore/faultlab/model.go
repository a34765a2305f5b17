package faultlab

import (
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/ringsession/ringsession/core"
)

// A slot is what the model store keeps under an id: nothing, a session, or the mark of a renewal.
type slot struct {
	kind   rune // 0, 's' or 'm'
	user   string
	values [keyCount]string
	next   int           // of a mark: the id it leads to
	since  time.Duration // of a mark: not before
}

// A memory is the state of the model store for one family: the contract in its plainest form, one call after the other.
type memory [idCount]slot

// model accepts the histories that some order of their calls explains, each at one moment between its begin and its end. A
// call whose outcome is unknown may have taken effect at any time after its begin, or never.
var model = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{memory{}} },
	Step: func(state, input, _ any) []any {
		var states []any
		for _, m := range state.(memory).after(input.(call)) {
			states = append(states, m)
		}
		return states
	},
}).ToModel()

// after returns the states in which a store may be that gave this reply: none if it should have given another.
func (m memory) after(c call) []memory {
	if c.outcome == unknown {
		c.outcome = ok
		return append(m.after(c), m)
	}
	at := m[c.id]
	switch c.op {
	case "create":
		return m.create(c)
	case "load":
		return m.load(c)
	case "save":
		if at.kind == 's' {
			m[c.id] = at.apply(c.step)
			return m.when(c.outcome == ok)
		}
		return m.when(c.outcome == at.refusal())
	case "renew", "login":
		return m.renew(c)
	case "destroy":
		return m.destroy(c)
	case "wipe":
		return []memory{{}}
	}
	return m.when(c.outcome == ok)
}

func (m memory) when(possible bool) []memory {
	if possible {
		return []memory{m}
	}
	return nil
}

func (m memory) create(c call) []memory {
	switch at := m[c.id]; {
	case at.kind == 0:
		m[c.id] = slot{kind: 's'}.apply(c.step)
		return m.when(c.outcome == ok)
	case at.kind == 's':
		return m.when(c.outcome == ok)
	default:
		// The contract does not say whether a renewal ends the right of a create to be repeated.
		return m.when(c.outcome == ok || c.outcome == exists)
	}
}

// load allows for marks that are over by now. No other call comes so late.
func (m memory) load(c call) []memory {
	at := m[c.id]
	switch at.kind {
	case 's':
		return m.when(c.outcome == ok && c.reply.user == at.user && c.values == at.values)
	case 'm':
		return m.when(c.outcome == renewed || c.outcome == notFound && c.end > at.since+core.RenewGrace-graceMargin)
	}
	return m.when(c.outcome == notFound)
}

// graceMargin is how much sooner than by our clock a mark may be over by the server's.
const graceMargin = time.Second

func (m memory) renew(c call) []memory {
	at, taken := m[c.id], m[c.next].kind != 0
	switch {
	case at.kind == 'm' && at.next == c.next:
		return m.when(c.outcome == ok)
	case at.kind != 's':
		// If the new id is taken as well, the contract does not say which is told.
		return m.when(c.outcome == at.refusal() || taken && c.outcome == exists)
	case taken:
		return m.when(c.outcome == exists)
	}
	m[c.next], m[c.id] = at.apply(c.step), slot{kind: 'm', next: c.next, since: c.begin}
	return m.when(c.outcome == ok)
}

// destroy leaves it to the store whether the marks that led to the session stay until their time is over.
func (m memory) destroy(c call) []memory {
	unmarked, id := m, c.id
	for m[id].kind == 'm' {
		unmarked[id] = slot{}
		id = m[id].next
	}
	m[id], unmarked[id] = slot{}, slot{}
	if c.outcome != ok {
		return nil
	}
	return []memory{m, unmarked}
}

// refusal is what a change gets where no session is.
func (at slot) refusal() outcome {
	if at.kind == 'm' {
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
	if s.user != "" {
		at.user = s.user
	}
	return at
}
