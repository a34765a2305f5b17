package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
)

const (
	// accountSize is how many sessions an account has.
	accountSize = 3
	// accountPace is by how much its clients are slower than others, so that its
	// sessions are still read when their shard is back.
	accountPace = 2
	// endsWithin is how long a shard may work before the sessions end that a call
	// could not reach (R40).
	endsWithin = 2 * time.Second
	// surelyLater is how long after an end no login may be taken for an earlier one.
	surelyLater = time.Second
	// admin is the number of the client that ends all sessions of an account.
	admin = 98
)

// An end is that of all sessions of an account.
type end struct {
	begin, end time.Duration
	shards     []string // that did not answer
}

// account logs a user in several times, and lets a process of its own end all
// sessions of the user while they are in use. Half of these processes die then.
// A later login of the user must stay.
func (l *lab) account() {
	process, err := l.start(l.caller())
	if err != nil { // no server answers: the machine stands still
		l.wait(l.pace.every)
		return
	}
	l.mu.Lock()
	l.accounts++
	user, rng := fmt.Sprintf("u%d", l.accounts), rand.New(rand.NewPCG(l.seed^0xacc, uint64(l.accounts)))
	l.mu.Unlock()
	var sessions []*family
	var clients sync.WaitGroup
	for range accountSize {
		if f := l.login(user); f != nil {
			sessions = append(sessions, f)
			l.use(f, &clients)
		}
	}
	life := accountPace * l.pace.every * time.Duration(l.pace.turns)
	l.serveFor(time.Duration(rng.Int64N(int64(life/2)+1)), process, sessions)
	ordered := l.endAll(process, user, sessions)
	if ordered && rng.IntN(2) == 0 {
		_ = process.Close()
	}
	l.wait(surelyLater)
	if f := l.login(user); f != nil {
		l.use(f, &clients)
	}
	clients.Wait()
	if !ordered { // nobody else knows what is still to do
		l.wait(time.Hour)
		l.until("the shards answer", func() error { return process.Ping(context.Background()) })
		time.Sleep(endsWithin)
	}
	_ = process.Close()
}

// serveFor lets the process serve its users. One that is idle does not notice that
// its primary was replaced.
func (l *lab) serveFor(d time.Duration, process *redisstore.Store, sessions []*family) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	for ; ctx.Err() == nil && !l.over(); l.wait(50 * time.Millisecond) {
		for _, f := range sessions {
			_, _ = process.Load(ctx, f.ids[0])
		}
	}
}

// login makes a session of the user, or returns nil if nobody knows whether there
// is one.
func (l *lab) login(user string) *family {
	f, on, err := l.place()
	if err != nil {
		return nil // as in family, which tells of it
	}
	f.user = user
	f.every, f.pause = accountPace*l.pace.every, 2*l.pace.every
	if f.do(on, l.clock, 0, step{Op: "create", Login: user}).Outcome != ok {
		return nil
	}
	l.mu.Lock()
	l.families = append(l.families, f)
	l.mu.Unlock()
	return f
}

func (l *lab) use(f *family, clients *sync.WaitGroup) {
	for client := range 2 {
		clients.Go(func() { l.client(f, client) })
	}
}

// endAll ends all sessions of the user, and reports whether the process may die.
func (l *lab) endAll(process *redisstore.Store, user string, sessions []*family) (ordered bool) {
	e := end{begin: l.clock()}
	err := l.end(process, user)
	e.end = l.clock()
	partial := (*core.PartialError)(nil)
	if errors.As(err, &partial) {
		e.shards = partial.Shards
	} else if err != nil {
		l.problem("the end of all sessions of a user: %v", err)
		return true
	}
	for _, f := range sessions {
		c := call{Client: admin, Step: step{Op: "end"}, Reply: reply{Outcome: ok}, Begin: e.begin, End: e.end}
		if slices.Contains(e.shards, f.shard) {
			c.Reply = reply{Outcome: unknown, Err: err}
		}
		f.mu.Lock()
		f.calls = append(f.calls, c)
		f.mu.Unlock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends = append(l.ends, e)
	return partial == nil || partial.Ordered
}

// endByManager is what an application calls.
func endByManager(process *redisstore.Store, user string) error {
	m, err := core.New(process, bytes.Repeat([]byte("k"), 32), &core.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = m.EndAll(context.Background(), user)
	return err
}

// endWithoutOrders ends what answers, and leaves no order for the rest.
func endWithoutOrders(process *redisstore.Store, user string) error {
	_, err := process.End(context.Background(), store.Owner{User: user}, store.Ending{})
	return err
}

// outlived is the rule that a shard serves no session that was to end while it did
// not answer, once it has worked for two seconds. A failover may lose what was
// done in them.
func (l *lab) outlived(f *family) string {
	for _, e := range f.calls {
		if e.Op != "end" || e.Outcome != unknown {
			continue
		}
		for _, c := range f.calls {
			if c.Op != "load" || c.Outcome != ok || c.Begin < e.End+endsWithin {
				continue
			}
			since := c.Begin - endsWithin
			lost := !l.waits && during(l.losses, f.shard, e.Begin, c.Begin, lag)
			// The last reads come after twice the time, without any load.
			stood := c.Client != last && l.stalled(f.shard, since, c.Begin)
			if l.worked(f.shard, since, c.Begin) && !lost && !stood {
				return fmt.Sprintf("a read returned a session though its shard had worked for %v after the end of all at %.3f ms",
					endsWithin, ms(e.End))
			}
		}
	}
	return ""
}

// worked reports whether the shard had no fault in that time.
func (l *lab) worked(shard string, begin, end time.Duration) bool {
	return !slices.ContainsFunc(l.faults, func(s span) bool {
		return s.shard == shard && s.begin <= end && begin <= s.whole()
	})
}

// livedOn returns for how long after its shard was back the session was still read,
// at most, though it was to end.
func (l *lab) livedOn(f *family) (most time.Duration) {
	for _, e := range f.calls {
		if e.Op != "end" || e.Outcome != unknown {
			continue
		}
		for _, c := range f.calls {
			if c.Op != "load" || c.Outcome != ok || c.Begin < e.End || !l.worked(f.shard, c.Begin, c.Begin) {
				continue
			}
			back := e.End
			for _, s := range l.faults {
				if s.shard == f.shard && s.whole() <= c.Begin {
					back = max(back, s.whole())
				}
			}
			most = max(most, c.Begin-back)
		}
	}
	return most
}
