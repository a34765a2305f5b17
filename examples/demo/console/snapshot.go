package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/ring"
)

// A snapshot is what the demo counts, at one moment. All parts of a page show
// the same one.
type snapshot struct {
	Embedded bool
	Full     bool // no shard can be added
	Shards   []shardView
	Sessions int   // the sum of the shards'
	Guests   tally // what they are told here
	Invited  int
	Waiting  []string // shards for which an order about the visitor waits
	Journal  []entry
	Compare  compareView
}

type shardView struct {
	Name     string
	Colour   int
	State    string
	Paused   bool
	Drained  bool
	Yours    bool
	Takes    string // its share of new sessions
	WhenBack string // what that would be if it took any; "" if it does
	Sessions int
	Guests   int // among the sessions
	Outer    arc // its share of new sessions
	Inner    arc // its part of the sessions that there are
}

// A compareView is the usual way beside ours.
type compareView struct {
	On     bool
	Pause  string   // the shard to pause; "" for none
	Paused []string // those to resume
	Usual  tally    // what the guests are told there
	Steps  []stepView
}

type stepView struct {
	step
	Taken bool
	pair
}

// snapshot looks at everything at once, for a visitor whose session is on the
// shard.
func (c *console) snapshot(user, yours string) snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.site.Store.Shards()
	v := snapshot{
		Embedded: c.site.Embedded != nil, Full: len(list) == maxShards, Invited: invited,
		Waiting: c.waiting(user), Journal: slices.Clone(c.entries),
	}
	sessions, guests := c.perShard(), make(map[string]int)
	for _, g := range c.guests {
		v.Guests.count(g.ours, c.epoch)
		guests[g.ours.shard]++
		if c.usual != nil {
			v.Compare.Usual.count(g.usual, c.epoch)
		}
	}
	for i, sh := range list {
		v.Sessions += sessions[sh.Name]
		v.Shards = append(v.Shards, shardView{
			Name: sh.Name, Colour: i % maxShards, Yours: sh.Name == yours,
			State: c.state(sh), Paused: c.paused(sh.Name), Drained: sh.Drain,
			Sessions: sessions[sh.Name], Guests: guests[sh.Name],
		})
	}
	v.share(list, func(sh redisstore.Shard) bool {
		return !sh.Drain && !sh.Retired && !c.paused(sh.Name) && !c.broken[sh.Name]
	})
	v.compare(c)
	return v
}

func (c *console) paused(shard string) bool {
	return c.site.Embedded != nil && c.site.Embedded.Paused(shard)
}

// perShard returns how many sessions each shard has.
func (c *console) perShard() map[string]int {
	counts := make(map[string]int)
	if c.site.Embedded != nil {
		for _, shard := range c.site.Embedded.Sessions() {
			counts[shard]++
		}
	}
	return counts
}

// share gives each shard its part of the new sessions, and its arcs.
func (v *snapshot) share(list []redisstore.Shard, takes func(redisstore.Shard) bool) {
	now := shares(list, takes)
	parts := make([]float64, len(list))
	for i, sh := range list {
		parts[i] = now[sh.Name]
	}
	var outer, inner float64
	for i, tenths := range tenthsOf(parts) {
		s, sh := &v.Shards[i], list[i]
		s.Takes = percent(tenths)
		if !takes(sh) && !sh.Retired {
			back := shares(list, func(other redisstore.Shard) bool {
				return other.Name == sh.Name || takes(other)
			})
			s.WhenBack = percent(tenthsOf([]float64{back[sh.Name]})[0])
		}
		s.Outer = newArc(&outer, parts[i], outerRadius)
		s.Inner = newArc(&inner, part(s.Sessions, v.Sessions), innerRadius)
	}
}

// shares returns the part of the new sessions that the ring gives each of the
// shards that take some.
func shares(list []redisstore.Shard, takes func(redisstore.Shard) bool) map[string]float64 {
	var nodes []ring.Node
	for _, sh := range list {
		if takes(sh) {
			nodes = append(nodes, ring.Node{Name: sh.Name, Weight: sh.Weight})
		}
	}
	r, err := ring.New(nodes...)
	if err != nil {
		return nil // none takes any
	}
	return r.Shares()
}

func (c *console) state(sh redisstore.Shard) string {
	state := c.health.of(sh.Name).State
	if c.site.Embedded != nil {
		state = redisstore.StateUp // or paused, which is known at once
	}
	if c.paused(sh.Name) {
		state = "paused"
	}
	if sh.Drain {
		state += ", drained"
	}
	if c.broken[sh.Name] {
		state += ", breaker open"
	}
	return strings.TrimPrefix(state, ", ")
}

func (v *snapshot) compare(c *console) {
	v.Compare.On = c.usual != nil
	for _, s := range v.Shards {
		switch {
		case s.Paused:
			v.Compare.Paused = append(v.Compare.Paused, s.Name)
		case !s.Yours && v.Compare.Pause == "" && s.Guests > 0:
			v.Compare.Pause = s.Name
		}
	}
	for _, s := range steps {
		p, taken := c.steps[s.Path]
		v.Compare.Steps = append(v.Compare.Steps, stepView{s, taken, p})
	}
}

// shard returns the view of one shard.
func (v *snapshot) shard(name string) (s shardView) {
	for _, s = range v.Shards {
		if s.Name == name {
			return s
		}
	}
	return shardView{}
}

// Label is the name, if it fits into the picture. The table has the colours of
// the others.
func (s shardView) Label() string {
	if len(s.Name) > 3 {
		return ""
	}
	return s.Name
}

// Summary says in words what the picture shows.
func (v snapshot) Summary() string {
	var words []string
	for _, s := range v.Shards {
		word := fmt.Sprintf("shard %s takes %s of the new sessions", s.Name, s.Takes)
		if v.Embedded {
			word += fmt.Sprintf(" and has %d", s.Sessions)
		}
		words = append(words, word)
	}
	return strings.Join(words, "; ") + "."
}

// Latest is what happened last.
func (v snapshot) Latest() string {
	if len(v.Journal) == 0 {
		return ""
	}
	return v.Journal[0].Text
}
