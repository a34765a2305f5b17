package console

import (
	"slices"

	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/examples/embedded"
	"github.com/ringsession/ringsession/examples/site"
)

// A deviceView is one session of the user, wherever it came from.
type deviceView struct {
	Mark, Shard  string
	Colour       int
	Visits, Note string
	This         bool // the session of the one who looks
	Ours         bool // it can be used from here
}

// devicesOf returns the sessions of the user as the shards have them.
func (c *console) devicesOf(user string, id store.ID) []deviceView {
	if c.site.Embedded == nil {
		return nil
	}
	ours := make(map[string]bool)
	for _, one := range c.devices.of(user) {
		ours[one.mark] = true
	}
	this := embedded.Mark(id)
	var views []deviceView
	for _, s := range c.site.Embedded.Sessions() {
		if s.User != user {
			continue
		}
		v := deviceView{
			Mark: s.Mark, Shard: s.Shard, Colour: c.colour(s.Shard), Visits: s.Field(string(site.Visits)), Note: s.Field(string(site.Note)),
			This: s.Mark == this, Ours: ours[s.Mark],
		}
		if v.This {
			views = slices.Insert(views, 0, v)
		} else {
			views = append(views, v)
		}
	}
	return views
}

func (c *console) colour(shard string) int {
	for i, sh := range c.site.Store.Shards() {
		if sh.Name == shard {
			return i % maxShards
		}
	}
	return 0
}
