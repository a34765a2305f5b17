package core

import (
	"fmt"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// Lifetimes set how long a session lives.
type Lifetimes struct {
	Idle     time.Duration // from its last use; at least a millisecond
	Absolute time.Duration // from its creation or its last login; at least Idle
	// Locks means that the idle time locks the session instead of ending it. A
	// locked session has no user for guards and handlers; [Session.Locked]
	// returns who it is. [Session.Unlock] or a login opens it again. It ends at
	// the absolute time.
	Locks bool
}

// The longest lifetimes that NIST SP 800-63B-4 allows at its three
// authentication assurance levels (sections 2.1.3, 2.2.3 and 2.3.3).
var (
	AAL1 = Lifetimes{Idle: 30 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour}
	AAL2 = Lifetimes{Idle: time.Hour, Absolute: 24 * time.Hour, Locks: true}
	AAL3 = Lifetimes{Idle: 15 * time.Minute, Absolute: 12 * time.Hour}
)

func (l Lifetimes) check() error {
	switch {
	case l.Idle < time.Millisecond:
		return fmt.Errorf("the idle timeout %v is shorter than a millisecond", l.Idle)
	case l.Absolute < l.Idle:
		return fmt.Errorf("the absolute timeout %v is shorter than the idle timeout %v",
			l.Absolute, l.Idle)
	}
	return nil
}

// or returns l. Zero fields have the values of other.
func (l Lifetimes) or(other Lifetimes) Lifetimes {
	if l.Idle == 0 {
		l.Idle = other.Idle
	}
	if l.Absolute == 0 {
		l.Absolute = max(other.Absolute, l.Idle)
	}
	return l
}

// stored returns the lifetimes in the store's unit, the millisecond.
func (l Lifetimes) stored() store.Lifetimes {
	return store.Lifetimes{
		Idle:     l.Idle.Truncate(time.Millisecond),
		Absolute: l.Absolute.Truncate(time.Millisecond),
		Locks:    l.Locks,
	}
}

// A clock is what a request knows of its session's times. All times are by the
// store's clock. The request had been running for at when the store's clock was
// Now.
type clock struct {
	*store.Record // only its times are used; nil if nothing is known
	at            time.Duration
}

func (c *clock) known() bool { return c.Record != nil }

// now returns the time of the store's clock when the request has been running
// for this long.
func (c *clock) now(running time.Duration) time.Time { return c.Now.Add(running - c.at) }

// idle returns how long the session had not been used at that time.
func (c *clock) idle(running time.Duration) time.Duration { return c.now(running).Sub(c.Used) }

// locked reports whether the session was locked at that time.
func (c *clock) locked(running time.Duration) bool {
	return c.known() && c.Locks && c.idle(running) >= c.Idle
}

// used records a use. On a locked session it does nothing, unless unlock is
// set.
func (c *clock) used(running time.Duration, unlock bool) {
	if c.known() {
		c.Used = c.lastUse(running, unlock)
	}
}

// lastUse returns the time of the last use after one that used would record.
func (c *clock) lastUse(running time.Duration, unlock bool) time.Time {
	if c.locked(running) && !unlock {
		return c.Used
	}
	return c.now(running)
}

// left returns how much longer the session lives if nobody uses it.
func (c *clock) left(running time.Duration) time.Duration {
	now := c.now(running)
	left := c.Deadline.Sub(now)
	if !c.Locks {
		left = min(left, c.Used.Add(c.Idle).Sub(now))
	}
	return left
}

// lifetimes returns the full lifetimes of the current login, for a login that
// starts anew.
func (c *clock) lifetimes() store.Lifetimes {
	return store.Lifetimes{Idle: c.Idle, Absolute: c.Deadline.Sub(c.LoggedIn), Locks: c.Locks}
}

// refreshDue reports whether a read should be stored as a use: a tenth of the
// idle timeout has passed since the last use.
func (c *clock) refreshDue() bool {
	return c.Now.Sub(c.Used) >= c.Idle/10 && !c.locked(c.at)
}

// startsTenth reports whether a use now is the first in its tenth of the idle
// timeout. Persistent cookies are sent anew then. A session that is written to
// all the time never needs a refresh, but it does have such uses.
func (c *clock) startsTenth() bool {
	tenth := c.Idle / 10
	return !c.Used.Truncate(tenth).Equal(c.Now.Truncate(tenth)) && !c.locked(c.at)
}
