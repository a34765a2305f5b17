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

// Token stores what changed, as [Session.Save] does, and returns the session's
// token for a program, which sends it as "Authorization: Bearer <token>". From
// then on the session travels in headers: the response gets no cookie, and has
// the token in the header Set-Auth-Token if the program does not know it yet.
// See [Options.Bearer].
//
// The error is that of Save, or says that Options.Bearer is not set, that no
// session is stored, or that the session is in a browser's cookie: what
// HttpOnly hides from scripts stays hidden. Login, Confirm and Unlock in this
// request change that: the user has proved who they are, and the session gets a
// new token.
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

// bearer returns the credentials of the header Authorization, and whether it
// has the scheme Bearer: then they count, good or bad, and cookies do not. Of
// several such headers the first counts.
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

// readToken decides which id a bearer token proves, as read does for cookies.
// The token is the value of the one cookie, also where [Cookie.MACName] makes
// two.
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
