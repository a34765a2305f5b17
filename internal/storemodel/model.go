package storemodel

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/ringsession/ringsession/core/store"
)

// Slack is how far a store's clock may be from that of a history.
const Slack = 2 * time.Second

// A state is what a store keeps at one place: nothing, a session, or the memory
// of one that was destroyed.
type state struct {
	kind    rune // 0, 's' or 'd'
	current int  // of a session: the ID that opens it
	user    string
	values  [Keys]string
	nonces  string // of its saves, each with a line end; the latest last
	onces   string // of those with a store.Once, likewise
	renewed span   // of a session: its latest renewal, if isRenewed
	ended   span   // of a destroyed one

	isRenewed bool
}

// A span is the time in which something happened at one moment.
type span struct{ begin, end time.Duration }

// model accepts the histories that some order of their calls explains, each at
// one moment between its begin and its end. A call whose outcome is unknown may
// have taken effect at any time after its begin, or never.
var model = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{state{}} },
	Step: func(before, input, _ any) []any {
		var states []any
		for _, s := range before.(state).after(input.(Call)) {
			states = append(states, s)
		}
		return states
	},
}).ToModel()

// after returns the states in which a store may be that gave this reply. There
// are none if it should have given another.
func (s state) after(c Call) []state {
	if c.Outcome == Unknown {
		c.Outcome, c.End = OK, math.MaxInt64
		return append(s.after(c), s)
	}
	states := s.do(c)
	if s.kind == 'd' && c.End > s.ended.begin+store.Memory-Slack {
		states = append(states, state{}.do(c)...)
	}
	return states
}

func (s state) do(c Call) []state {
	opened := s.kind == 's' && s.current == c.ID
	switch {
	case c.Op == "wipe":
		return []state{{}}
	case c.Op == "end":
		return s.end(c)
	case c.Op == "create":
		return s.create(c)
	case c.Op == "destroy":
		return s.destroy(c)
	case c.Op == "renew" && s.kind == 's' && s.current == c.Next:
		return s.when(c.Outcome == OK)
	case !opened:
		return s.refuse(c)
	case c.Op == "load":
		return s.when(c.Outcome == OK && c.User == s.user && c.Values == s.values)
	case c.Op == "save":
		return s.save(c)
	case c.Op == "renew":
		next := s
		next.current, next.isRenewed, next.renewed = c.Next, true, span{c.Begin, c.End}
		return s.change(next, c)
	}
	return s.when(c.Outcome == OK) // a refresh
}

func (s state) when(possible bool) []state {
	if possible {
		return []state{s}
	}
	return nil
}

func (s state) create(c Call) []state {
	switch {
	case s.kind == 0:
		c.Clear, c.Drop, c.Nonce, c.Once = false, [Keys]bool{}, "", false
		return s.change(state{kind: 's', current: c.ID}, c)
	case s.kind == 's' && s.current == c.ID:
		return s.when(c.Outcome == OK)
	}
	return s.when(c.Outcome == Exists)
}

// save leaves it to the store whether it knows a nonce that is older than the
// latest [store.Nonces].
func (s state) save(c Call) []state {
	if c.Once {
		return s.saveOnce(c)
	}
	known := strings.Split(s.nonces, "\n")
	latest := known[max(0, len(known)-1-store.Nonces):] // the last one is empty
	switch {
	case c.Nonce == "" || !slices.Contains(known, c.Nonce):
		return s.change(s, c)
	case slices.Contains(latest, c.Nonce):
		return s.when(c.Outcome == OK)
	}
	return append(s.change(s, c), s.when(c.Outcome == OK)...)
}

// saveOnce leaves it to the store whether it knows what it did before the latest
// [store.Onces], but not to do it twice.
func (s state) saveOnce(c Call) []state {
	known := strings.Split(s.onces, "\n")
	latest := known[max(0, len(known)-1-store.Onces):]
	switch forgets := c.Again && len(known) > store.Onces; {
	case slices.Contains(latest, c.Nonce):
		return s.when(c.Outcome == OK)
	case slices.Contains(known, c.Nonce):
		return s.when(c.Outcome == OK || c.Outcome == Forgotten)
	case forgets && c.Outcome == Forgotten:
		return []state{s}
	}
	return s.change(s, c)
}

// destroy leaves it to the store where it depends on a moment that nobody knows.
func (s state) destroy(c Call) []state {
	ended := state{kind: 'd', ended: span{c.Begin, c.End}}
	switch {
	case s.kind == 'd':
		return s.when(c.endedOf(""))
	case s.kind == 0 || s.current == c.ID:
		return ended.when(c.endedOf(s.user))
	case !s.isRenewed:
		return s.refuse(c)
	}
	var states []state
	least, most := c.since(s.renewed)
	if least <= c.Within {
		states = ended.when(c.endedOf(s.user))
	}
	if most > c.Within {
		states = append(states, s.refuse(c)...)
	}
	return states
}

// end is that of all sessions of a user, which remembers none that is not there.
func (s state) end(c Call) []state {
	if s.kind != 's' {
		return []state{s}
	}
	return []state{{kind: 'd', ended: span{c.Begin, c.End}}}
}

// endedOf reports whether the reply of a destroy fits the end of a session of the
// user. Of a call whose outcome is unknown nobody saw the reply.
func (c Call) endedOf(user string) bool {
	return c.Outcome == OK && (c.User == user || c.End == math.MaxInt64)
}

// refuse is the answer to an ID that opens nothing.
func (s state) refuse(c Call) []state {
	switch {
	case s.kind == 'd':
		return s.when(c.Outcome == Gone && c.isAgo(s.ended))
	case s.kind == 's' && s.isRenewed:
		return s.when(c.Outcome == Renewed && c.isAgo(s.renewed))
	}
	return s.when(c.Outcome == NotFound)
}

// isAgo reports whether the reply is right about how long ago that was.
func (c Call) isAgo(s span) bool {
	least, most := c.since(s)
	return least <= c.Ago && c.Ago <= most
}

// since returns how long before the call that was, at least and at most.
func (c Call) since(s span) (least, most time.Duration) {
	if s.end < math.MaxInt64 {
		least = c.Begin - s.end - Slack
	}
	if most = math.MaxInt64; c.End < math.MaxInt64 {
		most = c.End - s.begin + Slack
	}
	return least, most
}

// change applies the delta to next, or refuses it because of what it takes, adds to,
// or makes too large.
func (s state) change(next state, c Call) []state {
	if c.Once {
		for i := range s.values {
			if c.Take[i] && s.values[i] == "" {
				return s.when(c.Outcome == Taken)
			}
		}
		for i, n := range c.Add {
			if n == 0 {
				continue
			}
			was, ok := store.ParseCount(cmp.Or(s.values[i], "0"))
			if sum := was + n; !ok || c.Most != 0 && sum > c.Most || max(sum, -sum) > store.MaxCount {
				return s.when(c.Outcome == NoCount)
			}
			next.values[i] = strconv.FormatInt(was+n, 10)
		}
	}
	for i := range next.values {
		if c.Clear || c.Drop[i] || c.Once && c.Take[i] {
			next.values[i] = ""
		}
		if c.Set[i] != "" {
			next.values[i] = c.Set[i]
		}
	}
	if c.Limits.Check(next.size(), s.size()) != nil {
		return s.when(c.Outcome == TooLarge)
	}
	if c.Login != "" {
		next.user = c.Login
	}
	if c.Once && c.Op == "save" {
		next.onces += c.Nonce + "\n"
	} else if c.Nonce != "" {
		next.nonces += c.Nonce + "\n"
	}
	return next.when(c.Outcome == OK)
}

func (s state) size() store.Limits {
	var size store.Limits
	for i, value := range s.values {
		if value != "" {
			size.Fields++
			size.Bytes += len(keyName(i)) + len(value)
		}
	}
	return size
}
