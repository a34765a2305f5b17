package core

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/adapter"
)

// A Guard lets only requests with a login through. The zero value answers all
// others with 401.
type Guard struct {
	// LoginURL is the page where people log in. The guard redirects them there
	// with 303, and puts the path that they asked for into the parameter next;
	// see [NextPath]. Programs (fetch, htmx, EventSource, WebSocket, curl)
	// always get 401. Default: everybody gets 401.
	LoginURL string
	// MaxAge is the greatest age of the login, or of its last
	// [Session.Confirm]. Default 0: no limit.
	MaxAge time.Duration
	// Level is the lowest level that is enough; see [Login.Level]. Default 0:
	// every login is enough.
	Level int
	// ConfirmURL is the page for people who are logged in, but too long ago or
	// at a lower level, and for people whose session is locked. The redirect is
	// that of LoginURL. Default: LoginURL.
	ConfirmURL string
	// Manager is the Manager whose login counts, in programs with several
	// Managers. Default: the Manager of the innermost middleware.
	Manager *Manager
}

var needReasons = map[adapter.Need]string{
	adapter.NeedLogin:  "login required",
	adapter.NeedUnlock: "the session is locked",
	adapter.NeedLevel:  "a login of a higher level required",
	adapter.NeedFresh:  "a fresh login required",
}

// Check decides about a request whose context is ctx. It reads the session. It
// returns nil if the request may reach the handler. It returns an
// [adapter.Refusal] if not: people get 303 or 401, programs get 401. Any other
// error means that the answer is unknown, because the session could not be
// read; [adapter.HTTPStatus] has its status. Check panics if ctx carries no
// session.
//
// A CORS preflight never has a cookie (Fetch, section 4.8), and anybody can
// send one. Check therefore refuses it with 204, and it reaches no handler.
// Mount middleware for CORS outside of the guard: there it can answer
// preflights itself, or add its headers to the 204. Without such headers a
// browser does not send the request.
//
// Nobody should store the response to a guarded request. Adapters set
// Cache-Control to no-store before they call Check. The handler may change
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
		return &adapter.Refusal{
			Status: http.StatusNoContent, Reason: "a CORS preflight has no login",
		}
	}
	refusal := &adapter.Refusal{
		Status: http.StatusUnauthorized, Reason: needReasons[need], Needs: need,
	}
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

// need returns what the login lacks, or "". It returns the first thing that is
// missing. The level comes before the age, because a login at a higher level is
// a fresh login as well.
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

// withNext adds the parameter next to the page. It leaves it out if [NextPath]
// rejects the path, and for methods other than GET and HEAD: after the login, a
// GET of the path would be another request than the user made.
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

// challenge notes what a 401 asks for (RFC 6750, section 3): a token, another
// one, or of the user of a good one a stronger or fresher login (RFC 9470,
// section 3).
func (s *Session) challenge(g Guard, need adapter.Need) {
	if !s.m.opts.Bearer {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = `Bearer realm="session"`
	switch {
	case !s.bearer:
	case s.life.stage != present:
		s.wanted += `, error="invalid_token"`
	default:
		s.wanted += `, error="insufficient_user_authentication"`
		if need == adapter.NeedFresh {
			s.wanted += `, max_age="` + strconv.FormatInt(int64(g.MaxAge/time.Second), 10) + `"`
		}
	}
}
