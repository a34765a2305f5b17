package core

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A Guard lets only requests with a login through. The zero value answers the
// others with 401.
type Guard struct {
	// LoginURL is where people are sent to log in, with 303 and the path they
	// asked for in the parameter next; see [NextPath]. Programs (fetch, htmx,
	// EventSource, WebSocket, curl) get 401 all the same. Default: everybody
	// gets 401.
	LoginURL string
	// Manager is whose login counts, in programs with several Managers.
	// Default: that of the innermost middleware.
	Manager *Manager
}

// A Refusal is the error of a request that must not reach its handler.
// [NewAnswer] says how to answer it.
type Refusal struct {
	Status   int    // 303 or 401 without a login; 403 for another origin; 204 for a CORS preflight
	Location string // of a 303
	Reason   string // for operators
}

// Error says why the request was refused.
func (r *Refusal) Error() string { return "session: " + r.Reason }

// Check decides about a request whose context is ctx, and reads the session to
// do so. Nil lets the request through to the handler, and a [Refusal] denies
// it: to people with 303 or 401, to programs with 401. Any other error says
// that nobody knows because the session could not be read; [HTTPStatus] has its
// status. It panics if ctx carries no session.
//
// A CORS preflight never has a cookie (Fetch, section 4.8), and anybody can send
// one. So it gets 204 and reaches no handler, which might answer every method.
// Middleware for CORS goes outside of the guard, where it answers preflights, or
// adds its headers to the 204. Without such headers a browser does not send the
// request.
//
// A response to a guarded request is not to be stored: adapters set
// Cache-Control to no-store before they call Check, and the handler may change
// that.
func (g Guard) Check(ctx context.Context, r Request) error {
	s := g.session(ctx)
	user, err := s.verified()
	refusal := &Refusal{Status: http.StatusUnauthorized, Reason: "login required"}
	switch {
	case err != nil:
		return err
	case user != "":
		return nil
	case r.preflight():
		return &Refusal{Status: http.StatusNoContent, Reason: "a CORS preflight has no login"}
	case g.LoginURL != "" && r.navigates():
		refusal.Status, refusal.Location = http.StatusSeeOther, g.location(r)
	}
	s.m.emit(ctx, Event{Kind: EventRefused, Reason: refusal.Reason})
	return refusal
}

func (g Guard) session(ctx context.Context) *Session {
	s, ok := FromContext(ctx)
	if g.Manager != nil {
		s, ok = g.Manager.FromContext(ctx)
	}
	if !ok {
		panic("session: no session in this request: " +
			"mount the Middleware of the guard's Manager before the guard")
	}
	return s
}

// location leaves the parameter next out where a GET of the path after the
// login would not be what was asked for.
func (g Guard) location(r Request) string {
	next := NextPath(r.Target, "")
	if next == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return g.LoginURL
	}
	separator := "?"
	if strings.Contains(g.LoginURL, "?") {
		separator = "&"
	}
	return fmt.Sprintf("%s%snext=%s", g.LoginURL, separator, url.QueryEscape(next))
}
