package storetest

import (
	"time"

	"github.com/ringsession/ringsession/core/store"
)

const (
	idle     = 10 * time.Minute
	absolute = 40 * time.Minute
	// margin is how far from a timeout the rules look, because a server's clock
	// goes on while they do.
	margin = 5 * time.Second
	// tolerance is what a time may differ by, for the same reason.
	tolerance = 2 * time.Second
)

// life is what the rules give their sessions.
var life = store.Lifetimes{Idle: idle, Absolute: absolute}

func (x *trial) near(what string, got, want time.Duration) {
	if diff := got - want; diff < -tolerance || diff > tolerance {
		x.fail("%s is %v, want about %v", what, got, want)
	}
}

// sameTimes checks that a session kept its times while so much passed. It
// compares times of one record only: when time passes, some stores move their
// clock forward and others what they keep back.
func (x *trial) sameTimes(before, after *store.Record, passed time.Duration) {
	x.near("the time since the creation",
		after.Now.Sub(after.Created), before.Now.Sub(before.Created)+passed)
	x.near("the time from creation to deadline",
		after.Deadline.Sub(after.Created), before.Deadline.Sub(before.Created))
	if after.LoggedIn.IsZero() != before.LoggedIn.IsZero() {
		x.fail("the time of the login is %v, want %v", after.LoggedIn, before.LoggedIn)
	}
	if !after.LoggedIn.IsZero() {
		x.near("the time from creation to login",
			after.LoggedIn.Sub(after.Created), before.LoggedIn.Sub(before.Created))
	}
	if after.Idle != before.Idle {
		x.fail("the idle timeout is %v, want %v", after.Idle, before.Idle)
	}
}
