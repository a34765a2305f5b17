package storetest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

var wrongLists = []wrong{
	{name: "a list has one session", breaks: []string{"index", "index-pages", "index-external"},
		list: listing(func(_ call, all []store.Listed) []store.Listed { return all[:min(1, len(all))] })},
	{name: "a list has everybody's sessions", breaks: []string{"index", "index-login", "end"},
		list: mixing(func(string, string) bool { return true })},
	{name: "a login by renewal is not found", breaks: []string{"index", "index-login", "end-later"},
		renew: func(c call) error {
			if c.d.Login.User != "" {
				c.hide()
			}
			return c.renew()
		},
		list: visible},
	{name: "a list has no limit", breaks: []string{"index-pages", "index-order"},
		list: func(c call) (store.Page, error) { c.query.Limit = 1 << 30; return c.list() }},
	{name: "without a limit a list has all", breaks: []string{"index-pages"},
		list: func(c call) (store.Page, error) {
			c.query.Limit = cmp.Or(c.query.Limit, 1<<30)
			return c.list()
		}},
	{name: "a list ends after its first page", breaks: []string{"index-pages", "index-order"},
		list: func(c call) (store.Page, error) {
			page, err := c.list()
			page.Next = ""
			return page, err
		}},
	{name: "a page begins with the last session of the page before",
		breaks: []string{"index-pages", "index-pages-change"}, list: byNumber(1)},
	{name: "a page leaves out a session", breaks: []string{"index-pages", "index-pages-change"},
		list: byNumber(-1)},
	{name: "pages go by the number of sessions before", breaks: []string{"index-pages-change"},
		list: byNumber(0)},
	{name: "a list is in the order of the places", breaks: []string{"index-order"},
		list: onPage(func(p *store.Page) {
			slices.SortFunc(p.Sessions, func(a, b store.Listed) int { return cmp.Compare(a.Place, b.Place) })
		})},
	{name: "the session with the latest deadline comes last", breaks: []string{"index-order"},
		list: onPage(func(p *store.Page) { slices.Reverse(p.Sessions) })},
	{name: "an index only grows", breaks: []string{"index-forgets"},
		create: func(c call) error {
			n, _ := c.memory.Load(ofUser(c.d.Login.User))
			grown, _ := n.(int)
			c.memory.Store(ofUser(c.d.Login.User), grown+1)
			return c.create()
		},
		list: func(c call) (store.Page, error) {
			n, _ := c.memory.Load(c.owner)
			entries, _ := n.(int)
			done, err := strconv.Atoi(strings.TrimPrefix(c.query.After, "empty"))
			if err != nil && c.query.After != "" {
				return c.list()
			}
			if limit := cmp.Or(c.query.Limit, 100); done+limit < entries {
				return store.Page{Next: "empty" + strconv.Itoa(done+limit)}, nil
			}
			c.query.After = ""
			return c.list()
		}},
}

var wrongListed = []wrong{
	{name: "a list has places and users alone",
		breaks: []string{"index-record", "index-fields", "index-locked"},
		list:   onListed(func(l *store.Listed) { l.Record = store.Record{Login: l.Login} })},
	{name: "a list does not have what the login brought", breaks: []string{"index-record"},
		list: onListed(func(l *store.Listed) { l.About = "" })},
	{name: "a list does not say that a session locks", breaks: []string{"index-record", "index-locked"},
		list: onListed(func(l *store.Listed) { l.Locks = false })},
	{name: "the time left in a list is the idle timeout",
		breaks: []string{"index-record", "index-locked"},
		list:   onListed(func(l *store.Listed) { l.Left = l.Idle })},
	{name: "the last use in a list is the login", breaks: []string{"index-record"},
		list: onListed(func(l *store.Listed) { l.Used = l.LoggedIn })},
	{name: "a list has all fields", breaks: []string{"index-fields"},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			for i, l := range all {
				if r, err := c.atPlace(l.Place).load(); err == nil {
					all[i].Fields = r.Fields
				}
			}
			return all
		})},
	{name: "a list has no fields", breaks: []string{"index-fields", "index-record"},
		list: onListed(func(l *store.Listed) { l.Fields = nil })},
	{name: "a field that is not there is empty", breaks: []string{"index-fields"},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			for i := range all {
				for _, name := range c.query.Fields {
					all[i].Fields[name] += ""
				}
			}
			return all
		})},
	{name: "a list has a field of the store's own", breaks: []string{"index-fields"},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			for i := range all {
				if slices.Contains(c.query.Fields, "@id") {
					all[i].Fields["@id"] = all[i].Place
				}
			}
			return all
		})},
	{name: "a list is a use", breaks: []string{"index-reads"},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			for _, l := range all {
				_ = c.atPlace(l.Place).refresh()
			}
			return all
		})},
	{name: "a renewal hides a session", breaks: []string{"index-uses", "index-external", "race-list"},
		renew: func(c call) error { c.hide(); return c.renew() },
		list:  visible},
	{name: "a renewal hides a session for a moment", breaks: []string{"race-list"},
		renew: func(c call) error {
			defer c.show()
			c.hide()
			pause()
			return c.renew()
		},
		list: visible},
	{name: "a login is stored, then entered", breaks: []string{"race-list-login"},
		create: func(c call) error {
			defer c.show()
			c.hide()
			err := c.create()
			pause()
			return err
		},
		list: visible},
	{name: "a session is listed for one idle timeout after its login", breaks: []string{"index-uses"},
		list: listing(func(_ call, all []store.Listed) []store.Listed {
			return slices.DeleteFunc(all, func(l store.Listed) bool { return l.Now.Sub(l.LoggedIn) > l.Idle })
		})},
	{name: "a locked session is not listed", breaks: []string{"index-locked"},
		list: listing(func(_ call, all []store.Listed) []store.Listed {
			return slices.DeleteFunc(all, func(l store.Listed) bool { return l.Now.Sub(l.Used) > l.Idle })
		})},
	{name: "a session is listed until the deadline of the user's first login",
		breaks: []string{"index-deadline"},
		renew: func(c call) error {
			err := c.renew()
			if r, _ := c.at(c.renewedID()).load(); r != nil {
				c.memory.LoadOrStore(c.id.Place+r.User, r.Deadline)
			}
			return err
		},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			return slices.DeleteFunc(all, func(l store.Listed) bool {
				until, entered := c.memory.Load(l.Place + l.User)
				return entered && l.Now.After(until.(time.Time))
			})
		})},
	{name: "a list has what it had before", breaks: []string{"index-ended", "index-uses"},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			before, _ := c.memory.Load(c.owner)
			listed, _ := before.([]store.Listed)
			for _, l := range listed {
				if !slices.ContainsFunc(all, func(a store.Listed) bool { return a.Place == l.Place }) {
					all = append(all, l)
				}
			}
			c.memory.Store(c.owner, all)
			return all
		})},
	{name: "a session belongs to everybody who ever logged in to it", breaks: []string{"index-login"},
		renew: func(c call) error {
			if r, err := c.load(); err == nil && r.User != "" {
				c.memory.Store(c.id.Place, ofUser(r.User))
			}
			return c.renew()
		},
		list: listing(func(c call, all []store.Listed) []store.Listed {
			c.memory.Range(func(place, of any) bool {
				r, err := c.atPlace(place.(string)).load()
				if err == nil && of == c.owner && r.User != c.owner.User {
					all = append(all, store.Listed{Place: place.(string), Record: *r})
				}
				return true
			})
			return all
		})},
}

// all are the owner's sessions.
func (c call) all() []store.Listed {
	c.query.After, c.query.Limit = "", 1<<30
	page, _ := c.list()
	return page.Sessions
}

// listing is a list of one page that has other sessions, or other records.
func listing(change func(call, []store.Listed) []store.Listed) func(call) (store.Page, error) {
	return func(c call) (store.Page, error) {
		if err := c.ctx.Err(); err != nil {
			return store.Page{}, err
		}
		return store.Page{Sessions: change(c, c.all())}, nil
	}
}

// onPage is a list whose pages are changed.
func onPage(change func(*store.Page)) func(call) (store.Page, error) {
	return func(c call) (store.Page, error) {
		page, err := c.list()
		change(&page)
		return page, err
	}
}

// onListed is a list whose entries are changed.
func onListed(change func(*store.Listed)) func(call) (store.Page, error) {
	return onPage(func(p *store.Page) {
		for i := range p.Sessions {
			change(&p.Sessions[i])
		}
	})
}

// byNumber is a list whose pages go by numbers of sessions, of which some come
// twice.
func byNumber(twice int) func(call) (store.Page, error) {
	return func(c call) (store.Page, error) {
		all, from := c.all(), 0
		if c.query.After != "" {
			from, _ = strconv.Atoi(c.query.After)
			from = min(len(all), from-twice)
		}
		page := store.Page{Sessions: all[from:]}
		if limit := cmp.Or(c.query.Limit, 100); limit < len(all)-from {
			page.Sessions = page.Sessions[:limit]
			page.Next = strconv.Itoa(from + limit)
		}
		return page, c.ctx.Err()
	}
}

// A hidden is a place that lists leave out.
type hidden string

func (c call) hide() { c.memory.Store(hidden(c.id.Place), true) }
func (c call) show() { c.memory.Delete(hidden(c.id.Place)) }

func visible(c call) (store.Page, error) {
	page, err := c.list()
	page.Sessions = slices.DeleteFunc(page.Sessions, func(l store.Listed) bool {
		_, out := c.memory.Load(hidden(l.Place))
		return out
	})
	return page, err
}
