package storemodel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// Keys is how many fields a session of a history has.
const Keys = 3

// Life is longer than any history.
var Life = store.Lifetimes{Idle: 3 * time.Hour, Absolute: 6 * time.Hour}

// A Step is what a client does to a session. An end is that of all sessions of the
// user; a wipe means that the server lost all it had. The session's IDs differ in their
// fingerprints, and they and the fields have numbers.
type Step struct {
	Op       string // create, load, save, renew, refresh, destroy; or of others: end, wipe
	ID, Next int
	Nonce    string
	Clear    bool
	Drop     [Keys]bool
	Set      [Keys]string // "" sets nothing
	Login    string
	Within   time.Duration // of a destroy
	Limits   store.Limits

	// Of a save or renewal with a store.Once:
	Once  bool
	Again bool // a repetition
	Take  [Keys]bool
	Add   [Keys]int64 // 0 adds nothing
	Most  int64       // the limit of each sum; 0 is none
}

// A Reply is what a step returned.
type Reply struct {
	Outcome
	User   string        // of a load or a destroy
	Values [Keys]string  // of a load; "" is no field
	Ago    time.Duration // of a [store.GoneError]
	Err    error
}

// A Call is a step that was done, with its times since the history began.
type Call struct {
	Client int
	Step
	Reply
	Begin, End time.Duration
}

func keyName(i int) string { return string(rune('a' + i)) }

// Delta returns what the step changes.
func (s Step) Delta() store.Delta {
	d := store.Delta{Clear: s.Clear, Login: store.Login{User: s.Login}, Set: map[string]string{}, Nonce: s.Nonce}
	d.Lifetimes, d.Limits = Life, s.Limits
	for i := range Keys {
		if s.Drop[i] {
			d.Delete = append(d.Delete, keyName(i))
		}
		if s.Set[i] != "" {
			d.Set[keyName(i)] = s.Set[i]
		}
	}
	if s.Once {
		d.Once = s.once()
	}
	return d
}

func (s Step) once() *store.Once {
	o := &store.Once{Add: map[string]store.Addition{}}
	if s.Again {
		o.After = time.Millisecond
	}
	for i := range Keys {
		if s.Take[i] {
			o.Take = append(o.Take, keyName(i))
		}
		if s.Add[i] != 0 {
			o.Add[keyName(i)] = store.Addition{N: s.Add[i], Limit: s.Most, Limited: s.Most != 0}
		}
	}
	return o
}

// Do makes the call. The list has the ID of every number.
func (s Step) Do(ctx context.Context, on store.Store, ids []store.ID) Reply {
	var err error
	switch id := ids[s.ID]; s.Op {
	case "create":
		err = on.Create(ctx, id, s.Delta())
	case "load":
		return replyOf(on.Load(ctx, id))
	case "save":
		err = on.Save(ctx, id, s.Delta())
	case "renew":
		err = on.Renew(ctx, id, ids[s.Next].Fingerprint, s.Delta())
	case "refresh":
		err = on.Refresh(ctx, id)
	case "destroy":
		user, err := on.Destroy(ctx, id, s.Within)
		got := replyOf(nil, err)
		got.User = user
		return got
	}
	return replyOf(nil, err)
}

func replyOf(r *store.Record, err error) Reply {
	got := Reply{Outcome: OutcomeOf(err), Err: err}
	var gone *store.GoneError
	if errors.As(err, &gone) {
		got.Ago = gone.Ago
	}
	if err != nil || r == nil {
		return got
	}
	got.User = r.User
	rest := maps.Clone(r.Fields)
	for i := range Keys {
		got.Values[i] = r.Fields[keyName(i)]
		delete(rest, keyName(i))
	}
	if len(rest) > 0 {
		names := slices.Sorted(maps.Keys(rest))
		got.Outcome, got.Err = Corrupt, fmt.Errorf("fields that nobody wrote: %.20q", names)
	}
	return got
}

// String describes what the step does.
func (s Step) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s id%d", s.Op, s.ID)
	switch s.Op {
	case "load", "refresh", "wipe", "end":
		return b.String()
	case "destroy":
		fmt.Fprintf(&b, ", within %v", s.Within)
		return b.String()
	case "renew":
		fmt.Fprintf(&b, " to id%d", s.Next)
	}
	if s.Nonce != "" {
		fmt.Fprintf(&b, ", nonce %s", s.Nonce)
	}
	if s.Clear {
		b.WriteString(", clear")
	}
	for i := range Keys {
		if s.Drop[i] {
			fmt.Fprintf(&b, ", delete %s", keyName(i))
		}
	}
	for i := range Keys {
		if s.Set[i] != "" {
			fmt.Fprintf(&b, ", set %s=%s", keyName(i), s.Set[i])
		}
	}
	if s.Once {
		fmt.Fprintf(&b, ", once (again %v), take %v, add %v up to %d", s.Again, s.Take, s.Add, s.Most)
	}
	if s.Login != "" {
		fmt.Fprintf(&b, ", log in %s", s.Login)
	}
	if s.Limits != (store.Limits{}) {
		fmt.Fprintf(&b, ", limits %+v", s.Limits)
	}
	return b.String()
}

// String describes the call, its times and its reply.
func (c Call) String() string {
	text := fmt.Sprintf("client %d, %10.3f to %10.3f ms: %v: %s",
		c.Client, ms(c.Begin), ms(c.End), c.Step, c.Outcome)
	switch {
	case c.Op == "load" && c.Outcome == OK:
		text += fmt.Sprintf(", user %q, values %q", c.User, c.Values)
	case c.Op == "destroy" && c.Outcome == OK:
		text += fmt.Sprintf(", user %q", c.User)
	case c.Outcome == Gone || c.Outcome == Renewed:
		text += fmt.Sprintf(" %v ago", c.Ago)
	case c.Outcome.Failed() || c.Outcome == Corrupt || c.Outcome == TooLarge ||
		c.Outcome == NoCount:
		text += fmt.Sprintf(" (%v)", c.Err)
	}
	return text
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
