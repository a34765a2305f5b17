package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ringsession/ringsession/core/adapter"
)

// An exchange implements [adapter.Exchange], which describes its methods.
type exchange struct{ s *Session }

// Begin begins the session's part of a request. Adapters call it before the
// handler. ctx is the request's context. If [Manager.FromContext] finds a
// session of m in it, the middleware is mounted twice: then do not call Begin.
//
// The error is an [adapter.Refusal] with status 403 if another origin sent an
// unsafe request: one with a method other than GET, HEAD or OPTIONS. It is also
// reported as [EventRefused]. Requests from [Options.TrustedOrigins] always
// pass. So do requests with a bearer token ([Options.Bearer]), because no
// browser sends one by itself. The error page of a refused request has no
// session: a page that serves all errors must ask [FromContext].
func (m *Manager) Begin(ctx context.Context, r adapter.Request) (adapter.Exchange, error) {
	if _, ok := m.bearer(r); !ok { // no browser sends a bearer token by itself
		if err := m.checkOrigin(ctx, r); err != nil {
			return nil, err
		}
	}
	return exchange{m.start(ctx, r.Cookies(), r)}, nil
}

func (x exchange) Context(ctx context.Context) context.Context { return newContext(ctx, x.s) }

func (x exchange) Commit() (adapter.Headers, error) {
	s, m := x.s, x.s.m
	s.mu.Lock()
	r := s.request
	s.request = nil
	if s.headersSent || !s.used {
		s.headersSent = true
		s.mu.Unlock()
		return adapter.Headers{}, nil
	}
	if s.bearer {
		r = nil // there is no cookie for CookieFor to change
	}
	s.mu.Unlock()
	lines, cookieErr := m.linesFor(r)
	var ev events
	defer s.emit(&ev)
	s.operating.Lock()
	defer s.operating.Unlock()
	s.mu.Lock()
	if s.life.refreshed && s.isPersistent(lines) {
		// An earlier Save was a use of the session. If another request has
		// renewed the id since then, this response must not set the old cookie
		// again. The refresh asks the store.
		s.life.refreshed, s.life.refreshDue = false, true
	}
	s.mu.Unlock()
	err := s.settle(&ev)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.headersSent = true
	h := adapter.Headers{Vary: m.vary, NoStore: s.tokenTaken}
	if cookie := s.cookieDue(lines); cookie != cookieNone {
		if err == nil {
			err = cookieErr
		}
		// If this save failed, an earlier one may still have changed the id.
		// Then the browser's cookie no longer works, and it needs the new one.
		switch {
		case s.bearer:
			h.Token = s.token()
		case cookieErr == nil && (err == nil || cookie == cookieSet):
			h.SetCookie = s.setCookie(lines, cookie)
		}
	}
	if err != nil {
		s.refused = err
		s.reportLost(err, &ev)
		h.Retry, h.NoStore = adapter.HTTPStatus(err) == http.StatusServiceUnavailable, true
		return h, err
	}
	h.Challenge = s.wanted
	if s.destroyed && len(h.SetCookie) > 0 {
		h.ClearSiteData = m.opts.ClearSiteData
	}
	return h, nil
}

func (x exchange) Failure() error {
	s := x.s
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (x exchange) Missed() {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.headersSent = true
}

func (x exchange) Finish() {
	s := x.s
	s.mu.Lock()
	s.request = nil
	s.mu.Unlock()
	var ev events
	defer s.emit(&ev)
	s.operating.Lock()
	defer s.operating.Unlock()
	if err := s.settle(&ev); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.reportLost(err, &ev)
	}
}

// settle stores what is left to store. What another request ended is no error.
// Callers hold s.operating.
func (s *Session) settle(ev *events) error {
	s.mu.Lock()
	settled := s.err == nil && s.life.isSettled()
	s.mu.Unlock()
	if settled {
		return nil // as after most requests, and without a look at the clock
	}
	b := s.m.budget(s.ctx)
	err := s.save(b, ev)
	if err == nil || errors.Is(err, ErrGone) {
		s.refresh(b, ev)
		return nil
	}
	return err
}

// A cookieAction is what a response does to the browser's cookie.
type cookieAction int

const (
	cookieNone cookieAction = iota
	cookieSet
	cookieExpire
)

// cookieDue returns what the response must do to the cookie: whether the
// browser has another id, has a cookie of a session that was destroyed, or has
// a persistent cookie that needs a new Max-Age. Callers hold s.mu.
func (s *Session) cookieDue(lines *cookieLines) cookieAction {
	current := s.life.current
	switch {
	case current.isZero() && s.destroyed && s.cookieSent && !s.bearer:
		return cookieExpire
	case current.isZero():
		return cookieNone
	case current != s.cookieID, s.isPersistent(lines) && s.life.refreshed:
		return cookieSet
	}
	return cookieNone
}

func (s *Session) isPersistent(lines *cookieLines) bool {
	remembered := s.life.who != nil && s.life.who.about.remember
	return !s.bearer && (lines.persistent || remembered)
}

// setCookie returns the Set-Cookie lines of the action. Callers hold s.mu.
func (s *Session) setCookie(lines *cookieLines, action cookieAction) []string {
	if action == cookieExpire {
		return lines.expire()
	}
	keep := time.Duration(0)
	if s.isPersistent(lines) {
		keep = max(time.Second, s.life.left(time.Since(s.started)))
	}
	text := s.life.current.reveal()
	return lines.set(text, s.m.keys.sign(text), keep)
}

// linesFor returns the cookie lines for the response to r.
func (m *Manager) linesFor(r adapter.Request) (*cookieLines, error) {
	if m.opts.CookieFor == nil || r == nil {
		return &m.lines, nil
	}
	c := m.opts.CookieFor(r, m.cookie)
	if c.Name != m.cookie.Name || c.MACName != m.cookie.MACName {
		return &m.lines, fmt.Errorf("session: CookieFor: "+
			"the names %q and %q are not those of Options.Cookie, %q and %q",
			c.Name, c.MACName, m.cookie.Name, m.cookie.MACName)
	}
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return &m.lines, fmt.Errorf("session: CookieFor: %w", err)
	}
	lines := newCookieLines(c)
	return &lines, nil
}

// WriteError is [Manager.WriteError] of the session's Manager.
func (s *Session) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	s.m.WriteError(w, r, err)
}

// WriteError answers a request of net/http that failed with err. If there is an
// [Options.ErrorPage], it writes the page for people. Everything else is the
// answer of [adapter.NewAnswer]: a redirect, JSON for programs, or a line of
// text for people.
func (m *Manager) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	a := adapter.NewAnswer(err, adapter.NewRequest(r))
	if page := m.opts.ErrorPage; page != nil && a.Page {
		page(w, r, a.Status, err)
		return
	}
	a.Apply(w.Header())
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Body)
}

// Start returns the session that the values of a request's Cookie headers name.
// It is for code that has nothing else of the request. It verifies the cookie
// and does not call the store. The session's first use does that, with the
// values of ctx but not its cancellation.
//
// Nothing sends a cookie for this session. So it can be read, and a stored
// session can be changed and saved. Changes that need a new cookie fail with
// [ErrTooLate]. Handlers, streams and WebSockets use the From of their adapter
// instead.
func (m *Manager) Start(ctx context.Context, cookies ...string) *Session {
	s := m.start(ctx, cookies, nil)
	s.headersSent = true
	return s
}

// StartToken is [Manager.Start] for code that has only a program's bearer
// token. The session is empty if the token does not verify or if
// [Options.Bearer] is not set.
func (m *Manager) StartToken(ctx context.Context, token string) *Session {
	s := m.startWith(ctx, nil, nil, token, m.opts.Bearer)
	s.headersSent = true
	return s
}

// start keeps r until the response's headers leave. It keeps nothing that r
// returned, because that may lie in a buffer that is used again.
func (m *Manager) start(ctx context.Context, cookies []string, r adapter.Request) *Session {
	token, bearer := m.bearer(r)
	return m.startWith(ctx, cookies, r, token, bearer)
}

// startWith believes the token if bearer is true, and the cookies otherwise.
func (m *Manager) startWith(
	ctx context.Context, cookies []string, r adapter.Request, token string, bearer bool,
) *Session {
	all := &struct { // in one allocation
		s       Session
		i       identity
		carrier carrier
	}{s: Session{m: m, ctx: ctx, request: r, started: time.Now()}}
	s := &all.s
	s.carrier = &all.carrier
	var proof credentials
	switch {
	case bearer:
		s.bearer, proof = true, m.readToken(token, &all.i)
	case len(cookies) == 0:
		return s
	default:
		proof = m.read(cookies, &all.i)
		s.cookieSent = proof.present
	}
	s.cookieID = proof.id
	switch {
	case proof.reason != "":
		m.emit(ctx, Event{Kind: EventRejected, Reason: proof.reason})
	case proof.present:
		s.life.stage, s.life.current = unread, proof.id
	}
	return s
}
