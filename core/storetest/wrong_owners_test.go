package storetest

import (
	"path"
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

var wrongOwners = []wrong{
	{name: "users are compared without case", breaks: []string{"index-names"},
		list: mixing(strings.EqualFold)},
	{name: "users are trimmed", breaks: []string{"index-names"}, list: mixingBy(strings.TrimSpace)},
	{name: "users are text", breaks: []string{"index-names"},
		list: mixingBy(func(s string) string { return strings.ToValidUTF8(s, "\ufffd") })},
	{name: "users end at a NUL", breaks: []string{"index-names"},
		list: mixingBy(func(s string) string { return strings.SplitN(s, "\x00", 2)[0] })},
	{name: "users are cut after 255 bytes", breaks: []string{"index-names"},
		list: mixingBy(func(s string) string { return s[:min(len(s), 255)] })},
	{name: "users are cut after 1,023 bytes", breaks: []string{"index-names"},
		list: mixingBy(func(s string) string { return s[:min(len(s), 1023)] })},
	{name: "a user is a prefix", breaks: []string{"index-names"}, list: mixing(strings.HasPrefix)},
	{name: "a user is a pattern", breaks: []string{"index-names"},
		list: mixing(func(known, asked string) bool { ok, _ := path.Match(asked, known); return ok })},
	{name: "a user and the key of a user are the same", breaks: []string{"index-names"},
		list: mixingBy(func(s string) string { return strings.TrimPrefix(s, "user:") })},
	{name: "an external id is a user", breaks: []string{"index-external"},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			c.owner = store.Owner{User: c.owner.External, External: c.owner.User}
			return append(all, c.all()...)
		})},
	{name: "an external id owns nothing", breaks: []string{"index-external", "index-names", "index-login"},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			if c.owner.External != "" {
				return nil
			}
			return all
		})},
	{name: "external ids end nothing", breaks: []string{"index-external", "index-names"},
		end: func(c call) (int, error) {
			if c.owner.External != "" {
				return 0, nil
			}
			return c.end()
		}},
	{name: "guests belong to the user without a name", breaks: []string{"index-nobody"},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			c.bent.ids.Range(func(place, _ any) bool {
				r, err := c.atPlace(place.(string)).load()
				if err == nil && r.User == "" && c.owner == (store.Owner{}) {
					all = append(all, store.Listed{Place: place.(string), Record: *r})
				}
				return true
			})
			return all
		})},
	{name: "the user without a name ends everything", breaks: []string{"index-nobody"},
		end: func(c call) (int, error) {
			if c.owner == (store.Owner{}) {
				c.bent.ids.Range(func(place, _ any) bool { _ = c.atPlace(place.(string)).destroy(); return true })
			}
			return c.end()
		}},
	{name: "a list that was cancelled is empty", breaks: []string{"context-cancelled", "context-expired"},
		list: func(c call) (store.Page, error) {
			if c.ctx.Err() != nil {
				return store.Page{}, nil
			}
			return c.list()
		}},
	{name: "an end that was cancelled ends nothing", breaks: []string{"context-cancelled", "context-expired"},
		end: func(c call) (int, error) {
			if c.ctx.Err() != nil {
				return 0, nil
			}
			return c.end()
		}},
}

// mixing is a list that has the sessions of all whose name is the same as the
// one that is asked for.
func mixing(same func(known, asked string) bool) func(call) (store.Page, error) {
	return listing(func(c call, all []store.Listed) []store.Listed {
		asked := c.owner
		c.bent.owners.Range(func(key, _ any) bool {
			c.owner = key.(store.Owner)
			if c.owner != asked && (c.owner.User == "") == (asked.User == "") &&
				same(c.owner.User+c.owner.External, asked.User+asked.External) {
				all = append(all, c.all()...)
			}
			return true
		})
		return all
	})
}

func mixingBy(normal func(string) string) func(call) (store.Page, error) {
	return mixing(func(known, asked string) bool { return normal(known) == normal(asked) })
}
