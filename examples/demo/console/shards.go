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

// press answers a form with one field. What came of it is in the journal, or beside the button.
func (c *console) press(field string, do func(ctx context.Context, value string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.buttons.Lock()
		defer c.buttons.Unlock()
		if err := do(r.Context(), r.PostFormValue(field)); err != nil {
			c.note("That did not work: %v.", err)
		}
		c.health.ask(r.Context(), c.site.Store)
		at := "ring"
		if r.PostFormValue("at") == "compare" {
			at = "compare"
		}
		http.Redirect(w, r, "/#"+at, http.StatusSeeOther)
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
	was, before := c.snapshot("", ""), c.site.Embedded.Sessions()
	if err := c.site.Store.SetShards(ctx, append(list, shard)); err != nil {
		return err
	}
	err = c.change(func() error {
		if c.usual == nil {
			return nil
		}
		return c.usual.store.SetServers(c.servers())
	})
	if err == nil {
		err = c.settleGuests(ctx)
	}
	after, moved := c.site.Embedded.Sessions(), 0
	for session, home := range before {
		if now, there := after[session]; there && now != home {
			moved++
		}
	}
	is, first := c.snapshot("", ""), list[0].Name
	c.note("Shard %s takes %s of the new sessions; shard %s went from %s to %s. Sessions moved: %d of %d.",
		shard.Name, is.shard(shard.Name).Takes,
		first, was.shard(first).Takes, is.shard(first).Takes, moved, len(before))
	return err
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
			c.note("Shard %s is drained: it takes no new sessions, and those that it has go on.", name)
		} else {
			c.note("Shard %s takes new sessions again.", name)
		}
		return nil
	}
}

// bring invites guests, and says where they are.
func (c *console) bring(ctx context.Context, _ string) error {
	found, err := c.invite(ctx)
	if err != nil {
		return err
	}
	var where []string
	for _, sh := range c.site.Store.Shards() {
		if n := found[sh.Name]; n > 0 {
			where = append(where, fmt.Sprintf("%d on shard %s", n, sh.Name))
		}
	}
	c.note("%d guests signed in: %s.", invited, strings.Join(where, ", "))
	return nil
}
