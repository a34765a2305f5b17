package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ringsession/ringsession/core/redisstore"
)

// maxShards is how many colours the picture has.
const maxShards = 8

// ofShard answers a form that changes the shard it names. What came of it is in the journal.
func (c *console) ofShard(change func(ctx context.Context, shard string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.change.Lock()
		defer c.change.Unlock()
		if err := change(r.Context(), r.PostFormValue("shard")); err != nil {
			c.journal.add("That did not work: %v.", err)
		}
		c.health.ask(r.Context(), c.site.Store)
		http.Redirect(w, r, "/#ring", http.StatusSeeOther)
	}
}

// add starts a shard, and counts the sessions that are somewhere else afterwards.
func (c *console) add(ctx context.Context, _ string) error {
	list := c.site.Store.Shards()
	if len(list) == maxShards {
		return fmt.Errorf("%d shards are enough", maxShards)
	}
	shard, err := c.site.Embedded.Add(string(rune('a' + len(list))))
	if err != nil {
		return err
	}
	before := c.site.Embedded.Sessions()
	if err := c.site.Store.SetShards(ctx, append(list, shard)); err != nil {
		return err
	}
	after, moved := c.site.Embedded.Sessions(), 0
	for session, home := range before {
		if now, there := after[session]; there && now != home {
			moved++
		}
	}
	was, is := shares(list), shares(c.site.Store.Shards())
	c.journal.add("Shard %s takes %s of the new sessions; the others went from %s to %s. Sessions moved: %d of %d.",
		shard.Name, percent(is[shard.Name]), percent(was[list[0].Name]), percent(is[list[0].Name]), moved, len(before))
	return nil
}

// drain keeps new sessions away from a shard, or lets them come again.
func (c *console) drain(drain bool) func(context.Context, string) error {
	return func(ctx context.Context, name string) error {
		list := c.site.Store.Shards()
		i := slices.IndexFunc(list, func(sh redisstore.Shard) bool { return sh.Name == name })
		if i < 0 {
			return fmt.Errorf("there is no shard %q", name)
		}
		list[i].Drain = drain
		if err := c.site.Store.SetShards(ctx, list); err != nil {
			return err
		}
		if drain {
			c.journal.add("Shard %s is drained: it takes no new sessions, and those that it has go on.", name)
		} else {
			c.journal.add("Shard %s takes new sessions again.", name)
		}
		return nil
	}
}

func (c *console) invite(ctx context.Context, _ string) error {
	before := c.perShard()
	if err := c.guests.invite(ctx); err != nil {
		return err
	}
	var where []string
	after := c.perShard()
	for _, sh := range c.site.Store.Shards() {
		if n := after[sh.Name] - before[sh.Name]; n > 0 {
			where = append(where, fmt.Sprintf("%d on shard %s", n, sh.Name))
		}
	}
	c.journal.add("%d guests signed in: %s.", invited, strings.Join(where, ", "))
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
