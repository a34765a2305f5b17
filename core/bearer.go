package core

import (
	"context"
	"errors"
	"strings"

	"github.com/ringsession/ringsession/core/adapter"
)

// Errors of [Session.Token].
var (
	errBearerOff = errors.New("session: token: Options.Bearer is not set")
	errNoSession = errors.New("session: token: no session is stored; log in first")
	errInCookie  = errors.New("session: token: the session is in a cookie, " +
		"which no script can read; a login gives it another token")
)

const reasonBadToken = "the bearer token does not verify"

// Token saves the session, as [Session.Save] does, and returns its token. A
// program sends the token as "Authorization: Bearer <token>"; see
// [Options.Bearer]. After Token, the response sets no cookie. If the program
// does not know the token yet, it is also in the header Set-Auth-Token.
//
// Token returns the error of Save. It also returns an error if Options.Bearer
// is not set, if no session is stored, or if the session came with a browser's
// cookie. The cookie is HttpOnly, so its token must stay hidden from scripts.
// After Login, Confirm or Unlock in this request the session has a new token,
// so Token works then.
func (s *Session) Token(ctx context.Context) (string, error) {
	if !s.m.opts.Bearer {
		return "", errBearerOff
	}
	if err := s.Save(ctx); err != nil {
		return "", err
	}
	if err := s.Load(ctx); err != nil { // a token is for a session that is there
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.life.stage != present:
		return "", errNoSession
	case !s.bearer && (s.headersSent || !s.proved && s.life.current.place() == s.cookieID.place()):
		return "", errInCookie // also after a Renew, for which a script of the page can ask
	}
	s.bearer, s.tokenTaken = true, true
	return s.token(), nil
}

// token returns the current id with its signature. Callers hold s.mu.
func (s *Session) token() string {
	text := s.life.current.reveal()
	return text + "." + s.m.keys.sign(text)
}

// bearer returns the token in the header Authorization, and whether the header
// has the scheme Bearer. With this scheme, the token counts, good or bad, and
// cookies do not. Of several such headers the first counts.
func (m *Manager) bearer(r adapter.Request) (token string, ok bool) {
	if !m.opts.Bearer || r == nil {
		return "", false
	}
	return parseBearer(r.Header("Authorization"))
}

// parseBearer reads the value of a header Authorization (RFC 6750, section
// 2.1). The scheme has no case, and one or more spaces follow it (RFC 9110,
// section 11.4).
func parseBearer(header string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(strings.Trim(header, " \t"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimLeft(token, " "), true
}

// readToken decides which id a bearer token proves, as read does for cookies. A
// token has the form of a single cookie's value, even with [Cookie.MACName].
func (m *Manager) readToken(token string, space *identity) credentials {
	var one candidates
	one.add(token)
	c := credentials{present: true}
	if c.id, c.reason = m.pick(&one, nil, space); c.reason != "" {
		c.reason = reasonBadToken
	}
	return c
}

// cameByHeader reports whether the session travels in headers.
func (s *Session) cameByHeader() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bearer
}
