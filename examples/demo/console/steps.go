package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/examples/demo/usual"
)

// A step is something to try on both sides.
type step struct {
	Path, Title, What, Button string
	// try does it on one side, with a browser that is signed in.
	try func(ctx context.Context, s *side, browser *client) (outcome, error)
}

// An outcome is what came of a step on one side.
type outcome struct {
	Good       bool
	Text, More string
}

// A pair is the outcome of a step on both sides.
type pair struct{ Ours, Usual outcome }

var steps = []step{
	{
		"logout", "Log out during a slow request",
		"A browser signs in and sends a slow request. Before that ends, it signs out.",
		"Sign out meanwhile", logoutMeanwhile,
	},
	{
		"change", "Change two keys at once",
		"Two requests of one browser overlap. One changes the basket, the other the language.",
		"Send both", changeBoth,
	},
}

// show answers the switch: it opens or closes the usual way. All guests sign in
// there; without any, some come.
func (c *console) show(ctx context.Context, on string) error {
	c.mu.Lock()
	old, guests := c.usual, len(c.guests)
	c.mu.Unlock()
	switch {
	case on != "true" && old == nil, on == "true" && old != nil:
		return nil
	case on != "true":
		c.hide()
		return nil
	}
	store, err := usual.Open(c.servers())
	if err != nil {
		return err
	}
	s := c.usualSide(store)
	c.mu.Lock()
	c.usual = s
	c.mu.Unlock()
	err = each(guests, func(i int) error {
		c.mu.Lock()
		g := c.guests[i]
		c.mu.Unlock()
		v, err := c.arrive(ctx, s.base, g.name)
		c.mu.Lock()
		defer c.mu.Unlock()
		g.usual = v
		return err
	})
	if err == nil && guests == 0 && c.site.Embedded != nil {
		err = c.bring(ctx, "")
	}
	if err != nil {
		c.hide()
	}
	return err
}

func (c *console) hide() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.usual == nil {
		return
	}
	for _, g := range c.guests {
		g.usual = nil
	}
	_ = c.usual.store.Close()
	c.usual, c.steps = nil, make(map[string]pair)
}

// servers returns the URLs of the shards, by their names.
func (c *console) servers() map[string]string {
	servers := make(map[string]string)
	for _, sh := range c.site.Store.Shards() {
		if !sh.Retired {
			servers[sh.Name] = sh.URL.String()
		}
	}
	return servers
}

// take takes the step on both sides.
func (c *console) take(s step) func(context.Context, string) error {
	return func(ctx context.Context, _ string) error {
		c.mu.Lock()
		other := c.usual
		c.mu.Unlock()
		if other == nil {
			return errors.New("the usual way is not shown")
		}
		var p pair
		p.Ours = c.tryOn(ctx, c.ours, s)
		p.Usual = c.tryOn(ctx, other, s)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.steps[s.Path] = p
		return nil
	}
}

func (c *console) tryOn(ctx context.Context, on *side, s step) outcome {
	browser := newClient(on.base, &c.transport)
	if err := browser.signIn(ctx, "somebody"); err != nil {
		return outcome{Text: "The login failed.", More: err.Error()}
	}
	o, err := s.try(ctx, on, browser)
	if err != nil {
		return outcome{Text: "It did not get so far.", More: err.Error()}
	}
	_, _, _ = browser.ask(ctx, http.MethodPost, "/logout", nil) // a session less
	return o
}

// overlap sends requests that change a key each, and does something when all of
// them have read the session, and none has written it.
func overlap(
	ctx context.Context, s *side, browser *client, keys []string, meanwhile func() error,
) error {
	g := s.hold()
	ended := make(chan error, len(keys))
	for _, key := range keys {
		go func() {
			_, _, err := browser.ask(ctx, http.MethodPost, "/value?key="+key, nil)
			ended <- err
		}()
	}
	err := g.await(ctx, len(keys))
	if err == nil {
		err = meanwhile()
	}
	close(g.open)
	for range keys {
		if e := <-ended; err == nil {
			err = e
		}
	}
	return err
}

func logoutMeanwhile(ctx context.Context, s *side, browser *client) (outcome, error) {
	before := browser.cookies()
	err := overlap(ctx, s, browser, []string{"draft"}, func() error {
		_, _, err := browser.ask(ctx, http.MethodPost, "/logout", nil)
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	if len(browser.cookies()) == 0 {
		browser.setCookies(before) // as somebody would who has copied the cookie
	}
	_, status, err := browser.whoami(ctx)
	switch {
	case err != nil:
		return outcome{}, err
	case status == http.StatusOK:
		return outcome{false, "Signed in again",
			"The slow request wrote the whole session back. Its cookie needs no password."}, nil
	case status == http.StatusUnauthorized:
		return outcome{true, "Signed out for good",
			"What the slow request saved was dropped. Even a copy of the cookie opens nothing."}, nil
	}
	return outcome{}, fmt.Errorf("%d %s", status, http.StatusText(status))
}

func changeBoth(ctx context.Context, s *side, browser *client) (outcome, error) {
	keys := []string{"basket", "language"}
	if err := overlap(ctx, s, browser, keys, func() error { return nil }); err != nil {
		return outcome{}, err
	}
	var lost []string
	for _, key := range keys {
		status, _, err := browser.ask(ctx, http.MethodGet, "/value?key="+key, nil)
		switch {
		case err != nil:
			return outcome{}, err
		case status == http.StatusNotFound:
			lost = append(lost, key)
		case status != http.StatusNoContent:
			return outcome{}, fmt.Errorf("%d %s", status, http.StatusText(status))
		}
	}
	if len(lost) == 0 {
		return outcome{true, "Both are kept", "Each request wrote its own key."}, nil
	}
	return outcome{false, "Lost: the " + strings.Join(lost, " and the "),
		"Each request wrote the whole session. The last one won."}, nil
}
