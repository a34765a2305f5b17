package console

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/examples/site"
)

const maxDevices = 6 // of a user who signs in from here

// agents are the User-Agent headers of the demo's own browsers, as far as a device's label comes from them.
var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", "Mozilla/5.0 (iPhone) Safari/604.1", "Mozilla/5.0 (Android 16) Chrome/140.0.0.0",
}

// signInElsewhere answers a form of a visitor: it signs them in from a browser of the demo's own, which is then forgotten.
func (c *console) signInElsewhere(w http.ResponseWriter, r *http.Request) {
	session, err := c.visitor(r)
	switch {
	case err != nil:
		c.unavailable(w)
		return
	case session.User() == "":
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	if err := c.signInAs(r.Context(), session.User()); err != nil {
		c.note("That did not work: %v.", err)
	}
	http.Redirect(w, r, "/#devices", http.StatusSeeOther)
}

func (c *console) signInAs(ctx context.Context, user string) error {
	list, err := c.site.Sessions.Of(ctx, user)
	if err != nil && !errors.As(err, new(*core.PartialError)) {
		return err
	}
	if len(list) >= maxDevices {
		return errors.New("these are devices enough")
	}
	browser := newClient(c.site.URL(), &http.Transport{DisableKeepAlives: true})
	browser.agent = agents[len(list)%len(agents)]
	if err := browser.signIn(ctx, user); err != nil {
		return err
	}
	_, _, err = browser.ask(ctx, http.MethodGet, "/", nil)
	return err
}

// A devicesView is what the page shows of all sessions of a user.
type devicesView struct {
	List    []deviceView
	Missing []string // shards that do not answer
}

// A deviceView is one session of the user, wherever it came from.
type deviceView struct {
	Place, Device, Shard string
	Colour               int
	Visits               int64
	Note, Used           string
	This                 bool // the session of the one who looks
}

// devicesOf returns the sessions of the user; place is where that of the one who looks is.
func (c *console) devicesOf(ctx context.Context, user, place string) (v devicesView) {
	if user == "" {
		return v
	}
	list, err := c.site.Sessions.Of(ctx, user, string(site.Visits), string(site.Note))
	if partial := (*core.PartialError)(nil); errors.As(err, &partial) {
		v.Missing = partial.Shards
	}
	for _, s := range list {
		d := deviceView{
			Place: s.Place, Device: s.Device, Shard: s.Shard, Colour: c.colour(s.Shard), Used: site.Ago(s.LastUsed), This: s.Place == place,
		}
		d.Visits = site.Visits.In(s)
		d.Note, _ = site.Note.In(s)
		if d.This {
			v.List = slices.Insert(v.List, 0, d)
		} else {
			v.List = append(v.List, d)
		}
	}
	return v
}

// Trouble says which shards do not answer, or "".
func (v devicesView) Trouble() string {
	return site.Devices{Missing: v.Missing}.Trouble()
}

func (c *console) colour(shard string) int {
	for i, sh := range c.site.Store.Shards() {
		if sh.Name == shard {
			return i % maxShards
		}
	}
	return 0
}
