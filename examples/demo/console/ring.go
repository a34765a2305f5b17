package console

import (
	"fmt"
	"strings"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/ring"
)

// shares returns the part of the new sessions that the ring gives each shard.
func shares(shards []redisstore.Shard) map[string]float64 {
	var nodes []ring.Node
	for _, sh := range shards {
		if !sh.Drain && !sh.Retired {
			nodes = append(nodes, ring.Node{Name: sh.Name, Weight: sh.Weight})
		}
	}
	r, err := ring.New(nodes...)
	if err != nil {
		return nil // all are drained
	}
	return r.Shares()
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

func percent(part float64) string { return fmt.Sprintf("%.1f %%", 100*part) }

// A ringView is the picture of the ring, and the table below it.
type ringView struct {
	Shards   []shardView
	Sessions int
	Embedded bool
	Full     bool // no shard can be added
	Guests   tally
	Invited  int
	Latest   string
	Journal  []entry
}

type shardView struct {
	Name     string
	Colour   int
	State    string
	Paused   bool
	Drained  bool
	Yours    bool
	Share    string
	Sessions int
	Guests   tally
	Outer    arc // its share of new sessions
	Inner    arc // its part of the sessions that there are
}

// ring returns the view for the visitor whose session is on the shard.
func (c *console) ring(yours string) ringView {
	list := c.site.Store.Shards()
	parts, sessions, guests := shares(list), c.perShard(), c.guests.tallies()
	v := ringView{Embedded: c.site.Embedded != nil, Full: len(list) == maxShards, Invited: invited, Journal: c.journal.latest()}
	if len(v.Journal) > 0 {
		v.Latest = v.Journal[0].Text
	}
	for _, n := range sessions {
		v.Sessions += n
	}
	var outer, inner float64
	for i, sh := range list {
		s := shardView{
			Name: sh.Name, Colour: i % maxShards, Drained: sh.Drain, Yours: sh.Name == yours, Share: percent(parts[sh.Name]),
			Sessions: sessions[sh.Name], Guests: guests[sh.Name],
			Outer: newArc(&outer, parts[sh.Name], outerRadius), Inner: newArc(&inner, part(sessions[sh.Name], v.Sessions), innerRadius),
		}
		s.Paused = v.Embedded && c.site.Embedded.Paused(sh.Name)
		s.State = c.state(sh, s.Paused)
		v.Shards = append(v.Shards, s)
		v.Guests.add(s.Guests)
	}
	return v
}

func (c *console) state(sh redisstore.Shard, paused bool) string {
	h := c.health.of(sh.Name)
	state := h.State
	if paused {
		state = "paused"
	}
	if sh.Drain {
		state += ", drained"
	}
	if h.Breaker != "" && h.Breaker != "closed" {
		state += ", breaker open"
	}
	return strings.TrimPrefix(state, ", ")
}

// Summary says in words what the picture shows.
func (v ringView) Summary() string {
	var words []string
	for _, s := range v.Shards {
		word := fmt.Sprintf("shard %s takes %s of the new sessions", s.Name, s.Share)
		if v.Embedded {
			word += fmt.Sprintf(" and has %d", s.Sessions)
		}
		words = append(words, word)
	}
	return strings.Join(words, "; ") + "."
}
