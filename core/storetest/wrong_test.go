package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

// wrongs are the mistakes that stores are known to make, and some that they might.
var wrongs = slices.Concat(
	wrongCreates, wrongLoads, wrongSaves, wrongNonces, wrongLimits, wrongRenewals, wrongDestroys,
	wrongLifetimes, wrongLogins, wrongLocks, wrongGuests, wrongUsers, wrongLists,
	wrongListed, wrongOwners, wrongEnds, wrongCalls, wrongCounts, wrongTakes, wrongOnces,
)

var errRefused = errors.New("refused")

var wrongCalls = []wrong{
	{name: "text must be UTF-8", breaks: []string{"values-odd", "values-users"},
		every: func(c *call) error {
			set := make(fields, len(c.d.Set))
			for key, value := range c.d.Set {
				set[strings.ToValidUTF8(key, "?")] = strings.ToValidUTF8(value, "?")
			}
			c.d.Set, c.d.Login.User = set, strings.ToValidUTF8(c.d.Login.User, "?")
			return nil
		}},
	{name: "an empty value is no value", breaks: []string{"values-odd"},
		every: func(c *call) error {
			c.d.Set = maps.Clone(c.d.Set)
			maps.DeleteFunc(c.d.Set, func(_, value string) bool { return value == "" })
			return nil
		}},
	{name: "a value has at most 32 KiB", breaks: []string{"values-large"},
		every: refusing(func(c *call) bool {
			for _, value := range c.d.Set {
				if len(value) > 32<<10 {
					return true
				}
			}
			return false
		})},
	{name: "a script takes at most 1,000 arguments",
		breaks: []string{
			"values-many-created", "values-many-saved", "values-many-dropped", "values-many-renewed",
		},
		every: refusing(func(c *call) bool { return len(c.d.Set) > 1000 || len(c.d.Delete) > 1000 })},
	{name: "a list has at most 40,000 words", breaks: []string{"values-many-deleted"},
		every: refusing(func(c *call) bool { return len(c.d.Delete) > 40_000 })},
	{name: "contexts are not looked at", breaks: []string{"context-cancelled", "context-expired"},
		every: func(c *call) error { c.ctx = context.WithoutCancel(c.ctx); return nil }},
	{name: "a call that was cancelled reads like the end of the session",
		breaks: []string{"context-cancelled", "context-expired", "context-runs-out"},
		every: func(c *call) error {
			if c.ctx.Err() != nil {
				return store.ErrNotFound
			}
			return nil
		}},
	{name: "a context with a deadline is refused", breaks: []string{"context-in-time"},
		every: refusing(func(c *call) bool { _, ok := c.ctx.Deadline(); return ok })},
}

// seeing is a call that is changed by a look at the session, if there is one.
func seeing(do func(call) error, change func(*call, *store.Record)) func(call) error {
	return func(c call) error {
		if r, err := c.load(); err == nil {
			change(&c, r)
		}
		return do(c)
	}
}

// checking is a call that is refused as too large after a look at the session.
func checking(do func(call) error, check func(call, *store.Record) error) func(call) error {
	return func(c call) error {
		if r, err := c.load(); err == nil {
			if err := check(c, r); err != nil {
				return err
			}
		}
		return do(c)
	}
}

// finding is a call that does something else if a load finds this.
func finding(found outcome, instead, do func(call) error) func(call) error {
	return func(c call) error {
		if c.finds() == found {
			return instead(c)
		}
		return do(c)
	}
}

// lookup is a call with the error of a load.
func lookup(c call) error { _, err := c.load(); return err }

// instead is a call that does something else when it has had this outcome.
func instead(do func(call) error, had outcome, other func(call) error) func(call) error {
	return func(c call) error {
		if err := do(c); outcomeOf(err) != had {
			return err
		}
		return other(c)
	}
}

// also is a call that does something more when it has had this outcome.
func also(do func(call) error, had outcome, more func(call)) func(call) error {
	return func(c call) error {
		err := do(c)
		if outcomeOf(err) == had {
			more(c)
		}
		return err
	}
}

// silent is a call without the error that has this outcome.
func silent(do func(call) error, hidden outcome) func(call) error {
	return instead(do, hidden, func(call) error { return nil })
}

// refusing refuses calls.
func refusing(which func(*call) bool) func(*call) error {
	return func(c *call) error {
		if which(c) {
			return errRefused
		}
		return nil
	}
}
