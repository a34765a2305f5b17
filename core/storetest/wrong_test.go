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
		every: func(c *call) error {
			for _, value := range c.d.Set {
				if len(value) > 32<<10 {
					return errRefused
				}
			}
			return nil
		}},
	{name: "a script takes at most 1,000 arguments",
		breaks: []string{
			"values-many-created", "values-many-saved", "values-many-dropped", "values-many-renewed",
		},
		every: func(c *call) error {
			if len(c.d.Set) > 1000 || len(c.d.Delete) > 1000 {
				return errRefused
			}
			return nil
		}},
	{name: "a list has at most 40,000 words", breaks: []string{"values-many-deleted"},
		every: func(c *call) error {
			if len(c.d.Delete) > 40_000 {
				return errRefused
			}
			return nil
		}},
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
		every: func(c *call) error {
			if _, ok := c.ctx.Deadline(); ok {
				return context.DeadlineExceeded
			}
			return nil
		}},
}
