package core

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Headers are what a response needs for the session's sake.
type Headers struct {
	SetCookie []string // whole Set-Cookie values: none, one or two
	Vary      bool     // the response depends on the cookie
	Retry     bool     // the store is unavailable, perhaps not for long
	NoStore   bool     // the response will be an error

	ClearSiteData string // of a response that ends the session, if it was asked for
}

// A Header is a response's header as [Headers.Apply] needs it; [net/http.Header] is one.
type Header interface {
	Values(key string) []string
	Set(key, value string)
	Add(key, value string)
	Del(key string)
}

// Apply adds the headers to those that the handler set. A response with a
// cookie must not be stored (Cache-Control: no-store); if the handler said
// otherwise, at most the browser may store it: public and s-maxage are replaced
// by private, and CDN-Cache-Control and Surrogate-Control are removed.
func (h Headers) Apply(to Header) {
	for _, line := range h.SetCookie {
		to.Add("Set-Cookie", line)
	}
	if len(h.SetCookie) > 0 || h.NoStore {
		control := "no-store"
		if !h.NoStore {
			control = unshared(to.Values("Cache-Control"))
		}
		to.Del("Cache-Control")
		to.Set("Cache-Control", control)
		// Shared caches that know these obey them in its place (RFC 9213).
		to.Del("CDN-Cache-Control")
		to.Del("Surrogate-Control")
	}
	if h.ClearSiteData != "" {
		to.Set("Clear-Site-Data", h.ClearSiteData)
	}
	if h.Retry {
		to.Set("Retry-After", "1")
	}
	if h.Vary && !varies(to.Values("Vary")) {
		to.Add("Vary", "Cookie")
	}
}

// unshared returns the Cache-Control lines as one that keeps shared caches from
// storing a response (RFC 9111, section 3). A max-age alone would allow it.
func unshared(lines []string) string {
	var kept []string
	closed := false
	for directive := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		directive = strings.TrimSpace(directive)
		name, _, _ := strings.Cut(strings.ToLower(directive), "=")
		switch name = strings.TrimSpace(name); name {
		case "":
			continue
		case "public", "s-maxage":
			directive = ""
		case "private", "no-store":
			// private="field" closes that field alone.
			closed = closed || len(name) == len(directive)
		}
		kept = append(kept, directive)
	}
	if len(kept) == 0 {
		return "no-store"
	}
	if !closed {
		kept = append([]string{"private"}, kept...)
	}
	return strings.Join(slices.DeleteFunc(kept, func(d string) bool { return d == "" }), ", ")
}

func varies(lines []string) bool {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name == "*" || strings.EqualFold(name, "Cookie") {
				return true
			}
		}
	}
	return false
}

// Commit stores what the request changed and returns the headers that the response needs. Adapters call it when the
// response's headers are about to leave. If it fails, the response must become an error with the status that [HTTPStatus]
// gives, and the headers that came with the error are to be applied all the same. A session that nobody used costs nothing.
//
// Changes of a session that another request ended meanwhile are discarded, without an error and without a cookie. A second
// Commit does nothing: see [Manager.Finish].
func (m *Manager) Commit(s *Session) (Headers, error) {
	s.mu.Lock()
	r := s.request
	s.request = nil
	if s.headersSent || !s.used {
		s.headersSent = true
		s.mu.Unlock()
		return Headers{}, nil
	}
	s.mu.Unlock()
	lines, cookieErr := m.linesFor(r)
	var told events
	defer s.emit(&told)
	s.operating.Lock()
	defer s.operating.Unlock()
	s.mu.Lock()
	if s.life.refreshed && s.isPersistent(lines) {
		// An earlier Save counted as the use. If the id was renewed since, this one
		// must not come back with the cookie, so the store is asked again.
		s.life.refreshed, s.life.refreshDue = false, true
	}
	s.mu.Unlock()
	b := m.budget(s.ctx)
	err := s.save(b, &told)
	if err == nil || errors.Is(err, ErrGone) {
		s.refresh(b, &told)
		err = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.headersSent = true
	h := Headers{Vary: true}
	if cookie := s.cookieDue(lines); cookie != cookieNone {
		if err == nil {
			err = cookieErr
		}
		// After an error, an earlier Save may have changed the id, and then the
		// browser's is dead.
		if cookieErr == nil && (err == nil || cookie == cookieSet) {
			h.SetCookie = s.setCookie(lines, cookie)
		}
	}
	if err != nil {
		s.refused = err
		s.reportLost(err, &told)
		h.Retry, h.NoStore = HTTPStatus(err) == http.StatusServiceUnavailable, true
		return h, err
	}
	if s.destroyed && len(h.SetCookie) > 0 {
		h.ClearSiteData = m.opts.ClearSiteData
	}
	return h, nil
}

// Failure returns the error with which [Manager.Commit] will fail whatever the
// request still does, or nil. An adapter asks before it lets the framework's error
// handler answer: if there is one, the handler would write for nobody.
func (m *Manager) Failure(s *Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Finish stores what the request changed after its headers had left, if that needs
// no cookie; what does need one is lost and reported as [EventLost]. Adapters call
// it when the handler has returned.
func (m *Manager) Finish(s *Session) {
	s.mu.Lock()
	s.request = nil
	s.mu.Unlock()
	var told events
	defer s.emit(&told)
	s.operating.Lock()
	defer s.operating.Unlock()
	b := m.budget(s.ctx)
	if err := s.save(b, &told); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.reportLost(err, &told)
		return
	}
	s.refresh(b, &told)
}

// refresh extends the life of a session that was only read. A failure costs the
// session a little of its life, not the request its answer. Callers hold
// s.operating.
func (s *Session) refresh(b budget, told *events) {
	s.mu.Lock()
	if !s.life.refreshDue {
		s.mu.Unlock()
		return
	}
	o := s.life.use(opRefresh)
	s.mu.Unlock()
	_ = s.carryOut(b, o, told)
}

// A cookieAction is what a response does to the browser's cookie.
type cookieAction int

const (
	cookieNone cookieAction = iota
	cookieSet
	cookieExpire
)

// cookieDue compares the id that the browser holds with the one it should, and its
// life with the session's. Callers hold s.mu.
func (s *Session) cookieDue(lines *cookieLines) cookieAction {
	current := s.life.current
	switch {
	case current.isZero() && s.destroyed && s.cookieSent:
		return cookieExpire
	case current.isZero():
		return cookieNone
	case current != s.cookieID, s.isPersistent(lines) && s.life.refreshed:
		return cookieSet
	}
	return cookieNone
}

func (s *Session) isPersistent(lines *cookieLines) bool {
	return lines.persistent || s.life.who.about.remember
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

// linesFor returns what writes the cookies of a response to r.
func (m *Manager) linesFor(r Request) (*cookieLines, error) {
	if m.opts.CookieFor == nil || r == nil {
		return &m.lines, nil
	}
	c := m.opts.CookieFor(r, m.cookie)
	if c.Name != m.cookie.Name || c.MACName != m.cookie.MACName {
		return &m.lines, fmt.Errorf("session: CookieFor: the names %q and %q are not those of Options.Cookie, %q and %q",
			c.Name, c.MACName, m.cookie.Name, m.cookie.MACName)
	}
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return &m.lines, fmt.Errorf("session: CookieFor: %w", err)
	}
	lines := newCookieLines(c)
	return &lines, nil
}
