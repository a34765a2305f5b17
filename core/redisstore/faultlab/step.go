package faultlab

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
)

// idCount is how many ids a session can have one after the other, keyCount how many fields it has.
const (
	idCount  = 6
	keyCount = 3
)

// life is longer than any run.
var life = core.Lifetimes{Idle: 3 * time.Hour, Absolute: 6 * time.Hour}

// A step is what a client does to a session, whose ids and fields have numbers.
type step struct {
	op       string // create, load, save, renew, login (a renewal), refresh, destroy; or wipe, which is done to a server
	id, next int
	clear    bool
	drop     [keyCount]bool
	set      [keyCount]string // "" sets nothing
	user     string           // who logs in
}

// A reply is what a step returned.
type reply struct {
	outcome
	user   string
	values [keyCount]string // "" is no field
	err    error
}

// A call is a step that was done, with its times since the run began.
type call struct {
	client int
	step
	reply
	begin, end time.Duration
}

func keyName(i int) string { return string(rune('a' + i)) }

func (s step) delta() core.Delta {
	d := core.Delta{Clear: s.clear, Login: s.user, Set: map[string]string{}, Lifetimes: life}
	for i := range keyCount {
		if s.drop[i] {
			d.Delete = append(d.Delete, keyName(i))
		}
		if s.set[i] != "" {
			d.Set[keyName(i)] = s.set[i]
		}
	}
	return d
}

// do makes the call.
func (s step) do(ctx context.Context, store core.Store, ids []core.ID) reply {
	var err error
	switch s.op {
	case "create":
		err = store.Create(ctx, ids[s.id], "nonce", s.delta())
	case "load":
		return replyOf(store.Load(ctx, ids[s.id]))
	case "save":
		err = store.Save(ctx, ids[s.id], s.delta())
	case "renew", "login":
		err = store.Renew(ctx, ids[s.id], ids[s.next], s.delta())
	case "refresh":
		err = store.Refresh(ctx, ids[s.id], life)
	case "destroy":
		err = store.Destroy(ctx, ids[s.id])
	}
	return reply{outcome: outcomeOf(err), err: err}
}

func replyOf(r *core.Record, err error) reply {
	if err != nil {
		return reply{outcome: outcomeOf(err), err: err}
	}
	found := reply{outcome: ok, user: r.User}
	for i := range keyCount {
		found.values[i] = r.Fields[keyName(i)]
		delete(r.Fields, keyName(i))
	}
	if len(r.Fields) > 0 {
		found.outcome, found.err = corrupt, fmt.Errorf("fields that nobody wrote: %v", slices.Sorted(maps.Keys(r.Fields)))
	}
	return found
}

func (c call) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "client %d, %10.3f to %10.3f ms: %s id%d", c.client, ms(c.begin), ms(c.end), c.op, c.id)
	if c.op == "renew" || c.op == "login" {
		fmt.Fprintf(&b, " to id%d", c.next)
	}
	if c.clear {
		b.WriteString(", clear")
	}
	for i := range keyCount {
		if c.drop[i] {
			fmt.Fprintf(&b, ", delete %s", keyName(i))
		}
		if c.set[i] != "" {
			fmt.Fprintf(&b, ", set %s=%s", keyName(i), c.set[i])
		}
	}
	if c.step.user != "" {
		fmt.Fprintf(&b, ", log in %s", c.step.user)
	}
	fmt.Fprintf(&b, ": %s", c.outcome)
	if c.op == "load" && c.outcome == ok {
		fmt.Fprintf(&b, ", user %q, values %q", c.reply.user, c.values)
	}
	if c.outcome.isError() || c.outcome == corrupt {
		fmt.Fprintf(&b, " (%v)", c.err)
	}
	return b.String()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
