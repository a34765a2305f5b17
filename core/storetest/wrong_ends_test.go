package storetest

import (
	"slices"

	"github.com/ringsession/ringsession/core/store"
)

var wrongEnds = []wrong{
	{name: "end ends nothing", breaks: []string{"end", "end-one", "end-except", "end-final"},
		end: func(call) (int, error) { return 0, nil }},
	{name: "end ends one session", breaks: []string{"end", "end-except", "end-many"},
		end: func(c call) (int, error) {
			if all := c.all(); len(all) > 0 && c.ending.Only == "" {
				c.ending.Only = all[0].Place
			}
			return c.end()
		}},
	{name: "end ends a page of sessions", breaks: []string{"end-many"}, end: endsAtMost(100)},
	{name: "end ends as many as a script takes", breaks: []string{"end-many"}, end: endsAtMost(1000)},
	{name: "end ends everybody's sessions",
		breaks: []string{"end", "end-except", "index-names", "index-external"},
		end: func(c call) (int, error) {
			n, err := c.end()
			c.bent.owners.Range(func(of, _ any) bool {
				c.owner = of.(store.Owner)
				_, _ = c.end()
				return true
			})
			return n, err
		}},
	{name: "end of one ends all", breaks: []string{"end-one", "end-foreign"},
		end: func(c call) (int, error) { c.ending.Only = ""; return c.end() }},
	{name: "end of one ends what is at the place", breaks: []string{"end-foreign", "index-nobody"},
		end: func(c call) (int, error) {
			if c.ending.Only == "" {
				return c.end()
			}
			return c.atPlace(c.ending.Only).ends(), nil
		}},
	{name: "end spares none", breaks: []string{"end-except"},
		end: func(c call) (int, error) { c.ending.Except = ""; return c.end() }},
	{name: "end spares everything if the one to spare is not there", breaks: []string{"end-except"},
		end: func(c call) (int, error) {
			spared := func(l store.Listed) bool { return l.Place == c.ending.Except }
			if c.ending.Except != "" && !slices.ContainsFunc(c.all(), spared) {
				return 0, nil
			}
			return c.end()
		}},
	{name: "end does not count", breaks: []string{"end", "end-count", "race-end"},
		end: func(c call) (int, error) { _, err := c.end(); return 0, err }},
	{name: "end counts the entries of its index", breaks: []string{"end-count"},
		create: func(c call) error {
			n, _ := c.memory.Load(ofUser(c.d.Login.User))
			entries, _ := n.(int)
			c.memory.Store(ofUser(c.d.Login.User), entries+1)
			return c.create()
		},
		end: func(c call) (int, error) {
			n, err := c.end()
			if entries, ok := c.memory.LoadAndDelete(c.owner); ok && c.ending.Only+c.ending.Except == "" {
				n = entries.(int)
			}
			return n, err
		}},
	{name: "end leaves no memory", breaks: []string{"end", "end-final", "race-end"},
		end: func(c call) (int, error) {
			all := c.all()
			n, err := c.end()
			for _, l := range all {
				if c := c.atPlace(l.Place); c.finds() == gone {
					c.forget()
				}
			}
			return n, err
		}},
	{name: "after an end the user cannot log in", breaks: []string{"end-later"},
		end: func(c call) (int, error) { c.memory.Store(c.owner.User, true); return c.end() },
		every: func(c *call) error {
			if _, out := c.memory.Load(c.d.Login.User); out {
				return errRefused
			}
			return nil
		}},
	{name: "an order ends the logins that follow", breaks: []string{"end-later"},
		end: func(c call) (int, error) {
			if c.ending.Orders > 0 {
				c.memory.Store(c.owner.User, true)
			}
			return c.end()
		},
		load: func(c call) (*store.Record, error) {
			r, err := c.load()
			if err == nil {
				if _, ordered := c.memory.Load(r.User); ordered {
					_ = c.destroy()
				}
			}
			return r, err
		}},
	{name: "the progress goes back", breaks: []string{"end-many"},
		end: func(c call) (int, error) {
			n, err := c.end()
			if c.ending.Progress != nil {
				c.ending.Progress(0)
			}
			return n, err
		}},
	{name: "the progress counts everything twice", breaks: []string{"end-many"},
		end: func(c call) (int, error) {
			n, err := c.end()
			if c.ending.Progress != nil {
				c.ending.Progress(2 * n)
			}
			return n, err
		}},

	{name: "end is not done when it returns", breaks: []string{"end", "end-one", "race-end"},
		end: func(c call) (int, error) {
			n := len(c.all())
			go func() { pause(); _, _ = c.end() }()
			return n, nil
		}},
	{name: "end lists IDs, then destroys them", breaks: []string{"race-end"},
		end: afterList(func(c call, listed []call) (n int) {
			for _, c := range listed {
				c.within = -1
				n += c.ends()
			}
			return n
		})},
	{name: "end lists places, then destroys what is there", breaks: []string{"race-end-other"},
		end: afterList(func(c call, listed []call) (n int) {
			for _, l := range listed {
				c = c.atPlace(l.id.Place)
				n += c.ends()
			}
			return n
		})},
	{name: "end counts what it lists, then destroys it", breaks: []string{"race-end-count"},
		end: afterList(func(c call, listed []call) int { _, _ = c.end(); return len(listed) })},
	{name: "end drops the index when it is done", breaks: []string{"race-end-login"},
		end: afterList(func(c call, listed []call) (n int) {
			for _, l := range listed {
				c.ending.Only = l.id.Place
				ended, _ := c.end()
				n += ended
			}
			c.ending.Only = ""
			pause()
			for _, l := range c.all() {
				c.atPlace(l.Place).hide()
			}
			return n
		}),
		list: visible},
}

// ends destroys the session that the call has, and counts it.
func (c call) ends() int {
	if c.finds() == ok && c.destroy() == nil {
		return 1
	}
	return 0
}

// endsAtMost is an end that leaves off.
func endsAtMost(most int) func(call) (int, error) {
	return func(c call) (n int, err error) {
		all := c.all()
		if c.ending.Only != "" || len(all) <= most {
			return c.end()
		}
		for _, l := range all[:most] {
			c.ending.Only = l.Place
			ended, err := c.end()
			if n += ended; err != nil {
				return n, err
			}
		}
		return n, nil
	}
}

// afterList is an end of all that lists first, and does what is left a moment
// later.
func afterList(end func(c call, listed []call) int) func(call) (int, error) {
	return func(c call) (int, error) {
		if c.ending.Only != "" || c.ending.Except != "" || c.ctx.Err() != nil {
			return c.end()
		}
		var listed []call
		for _, l := range c.all() {
			listed = append(listed, c.atPlace(l.Place))
		}
		pause()
		return end(c, listed), nil
	}
}
