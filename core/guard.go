package core

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/adapter"
)

// A Guard lets only requests with a login through. The zero value answers the
// others with 401.
type Guard struct {
	// LoginURL is where people are sent to log in, with 303 and the path they
	// asked for in the parameter next; see [NextPath]. Programs (fetch, htmx,
	// EventSource, WebSocket, curl) get 401 all the same. Default: everybody
	// gets 401.
	LoginURL string
	// MaxAge is how long ago the login, or its last [Session.Confirm], may be.
	// Default 0: as long as the session lives.
	MaxAge time.Duration
	// Level is the least level of login; see [Login.Level]. Default 0: a login of
	// any level.
	Level int
	// ConfirmURL is where people are sent, as to LoginURL, who are logged in, but
	// too long ago or at a lower level, or whose session is locked. Default:
	// LoginURL.
	ConfirmURL string
	// Manager is whose login counts, in programs with several Managers.
	// Default: that of the innermost middleware.
	Manager *Manager
}

var needReasons = map[adapter.Need]string{
	adapter.NeedLogin:  "login required",
	adapter.NeedUnlock: "the session is locked",
	adapter.NeedLevel:  "a login of a higher level required",
	adapter.NeedFresh:  "a fresh login required",
}

// Check decides about a request whose context is ctx, and reads the session to
// do so. Nil lets the request through to the handler, and a [adapter.Refusal] denies
// it: to people with 303 or 401, to programs with 401. Any other error says
// that nobody knows because the session could not be read; [adapter.HTTPStatus] has its
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
func (g Guard) Check(ctx context.Context, r adapter.Request) error {
	s := g.session(ctx)
	v, err := s.verify()
	if err != nil {
		return err
	}
	need := g.need(v)
	if need == "" {
		return nil
	}
	if adapter.IsPreflight(r) {
		return &adapter.Refusal{Status: http.StatusNoContent, Reason: "a CORS preflight has no login"}
	}
	refusal := &adapter.Refusal{Status: http.StatusUnauthorized, Reason: needReasons[need], Needs: need}
	page := g.LoginURL
	if need != adapter.NeedLogin && g.ConfirmURL != "" {
		page = g.ConfirmURL
	}
	if page != "" && adapter.IsNavigation(r) && !s.cameByHeader() {
		refusal.Status, refusal.Location = http.StatusSeeOther, withNext(page, r)
	} else {
		s.challenge(g, need)
	}
	s.m.emit(ctx, Event{Kind: EventRefused, User: cmp.Or(v.user, v.locked), Reason: refusal.Reason})
	return refusal
}

// need returns what the user lacks, or "". The first that is missing counts: a
// higher level is a fresh login as well.
func (g Guard) need(v verdict) adapter.Need {
	switch {
	case v.locked != "":
		return adapter.NeedUnlock
	case v.user == "":
		return adapter.NeedLogin
	case v.level < g.Level:
		return adapter.NeedLevel
	case g.MaxAge > 0 && v.age > g.MaxAge:
		return adapter.NeedFresh
	}
	return ""
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

// withNext adds the parameter next to the page. It leaves it out where a GET of the
// path after the login would not be what was asked for.
func withNext(page string, r adapter.Request) string {
	next := NextPath(r.Target(), "")
	if next == "" || r.Method() != http.MethodGet && r.Method() != http.MethodHead {
		return page
	}
	separator := "?"
	if strings.Contains(page, "?") {
		separator = "&"
	}
	return fmt.Sprintf("%s%snext=%s", page, separator, url.QueryEscape(next))
}
