package core

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// Limits of what a login may have, in bytes.
const (
	maxUser     = 1024
	maxExternal = 1024
)

// maxLevel is the highest level of a login.
const maxLevel = 9

// A Login describes how a user logs in; see [Session.LoginWith]. Only User is
// required.
type Login struct {
	// User is the user's name in the application: 1 to 1,024 bytes.
	User string
	// Remember keeps the user signed in when the browser is closed. The cookie
	// is persistent, and [Options.Remember] sets the lifetimes of the login.
	// Default false.
	Remember bool
	// Lifetimes of this login. Absolute is at most the longest absolute
	// lifetime in Options. Default: [Options.Remember] with Remember, otherwise
	// IdleTimeout, AbsoluteTimeout and Locks of Options.
	Lifetimes Lifetimes
	// Until is when the login must end, by this process's clock: the end of an
	// identity provider's session, for instance. The login ends at this time or
	// at its deadline, whichever is first. A [Session.Confirm] does not move
	// it. Default: only the deadline counts.
	Until time.Time
	// Level is how strongly the user has proved who they are, from 1 to 9. For
	// instance, 1 is a password and 2 a second factor; the application decides.
	// See [Guard.Level]. Default 1.
	Level int
	// Device is the text for a list of sessions, at most 128 bytes; the rest is
	// cut off. Default: the browser and the system that the User-Agent header
	// names, as in "Firefox on Windows".
	Device string
	// External is the name of this login at an identity provider; see
	// [Manager.EndExternal]. Default: none.
	External External
	// DropGuest removes the values that the visitor had before the login.
	// Default: they stay.
	DropGuest bool
}

// An External is the name of a login at an identity provider.
type External struct {
	Issuer string // as in the claim iss of OpenID Connect
	ID     string // as in the claim sid
}

// text returns the form that a store keeps. Neither part contains a line feed.
func (e External) text() string {
	if e == (External{}) {
		return ""
	}
	return e.Issuer + "\n" + e.ID
}

func parseExternal(text string) External {
	issuer, id, _ := strings.Cut(text, "\n")
	return External{issuer, id}
}

func (e External) check() error {
	switch {
	case e == (External{}):
		return nil
	case e.Issuer == "" || e.ID == "":
		return fmt.Errorf("the external login %+q lacks an issuer or an id", e)
	case len(e.Issuer)+len(e.ID) > maxExternal:
		return fmt.Errorf("the external login has %d bytes, more than %d",
			len(e.Issuer)+len(e.ID), maxExternal)
	case strings.Contains(e.Issuer+e.ID, "\n"):
		return fmt.Errorf("the external login %+q has a line feed", e)
	}
	return nil
}

// Login logs the user in. The next save gives the session a new id, so nobody
// who knew or planted the old one shares the login (session fixation). It also
// starts both lifetimes anew. Values from before the login stay. If another
// user was logged in, their session ends first, and changes that this request
// made to it are discarded. [Session.LoginWith] takes further settings.
//
// The user's name must have 1 to 1,024 bytes. Otherwise [Session.Err] returns
// an error.
func (s *Session) Login(user string) { s.LoginWith(Login{User: user}) }

// LoginWith is [Session.Login] with further settings. If a field is out of its
// range, nobody is logged in and [Session.Err] returns an error.
func (s *Session) LoginWith(l Login) {
	n, err := s.m.newLogin(l, time.Now())
	if err != nil {
		s.refuse(fmt.Errorf("session: login: %w", err))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	if n.about.device == "" && s.request != nil {
		n.about.device = device(s.request.Header("User-Agent"))
	}
	s.life.login(n, l.DropGuest)
	s.proved = true
}

// Confirm records that the user who is logged in has proved again who they are,
// at this level. At the next save the session gets a new id, and the login
// starts anew with both its lifetimes. Everything else stays.
// [Session.LoggedIn] returns the time of the last Confirm. If the session has
// ended meanwhile, Confirm does not bring it back. Without a login, or with a
// level that is not from 1 to 9, [Session.Err] returns an error.
//
// To change only the id, use [Session.Renew].
func (s *Session) Confirm(level int) {
	if level < 1 || level > maxLevel {
		s.refuse(fmt.Errorf("session: confirm: the level %d is not from 1 to %d", level, maxLevel))
		return
	}
	s.reauthenticate("confirm", func(l *life) {
		now := time.Now()
		l.confirm(level, now, now.Sub(s.started))
	})
}

// Unlock opens a session that is locked; see [Lifetimes]. At the next save the
// session gets a new id, and its idle time starts anew. Its deadline, its level
// and the time of its login stay. Ask the user for one factor first, such as
// the password (NIST SP 800-63B-4, section 2.2.3). Without a login
// [Session.Err] returns an error.
func (s *Session) Unlock() {
	s.reauthenticate("unlock", func(l *life) { l.changes.renew, l.changes.unlock = true, true })
}

// reauthenticate calls change if the session has a login, locked or not.
// Otherwise it keeps an error.
func (s *Session) reauthenticate(op string, change func(*life)) {
	s.mu.Lock()
	s.lookAtClock()
	user, found := s.life.userNow(), s.life.isRead(true) // otherwise s.err says why not
	if user != "" && found {
		change(&s.life)
		s.proved = true
	}
	s.mu.Unlock()
	if user == "" {
		s.refuse(fmt.Errorf("session: %s: nobody is logged in", op))
	}
}

// Created returns when the session was created, by the store's clock. It
// returns the zero time if the session is not stored. If this request has
// stored a new session or a login, Created reads the session once more. Before
// that save, it returns what was stored earlier.
func (s *Session) Created() time.Time { return s.clock().Created }

// LoggedIn returns when the user logged in or last confirmed the login, by the
// store's clock. It returns the zero time without a login. See
// [Session.Created].
func (s *Session) LoggedIn() time.Time { return s.clock().LoggedIn }

// Deadline returns when the session will end even if it is used all the time,
// by the store's clock. It returns the zero time if the session is not stored.
// See [Session.Created].
func (s *Session) Deadline() time.Time { return s.clock().Deadline }

// IdleLeft returns how long the session will live, or stay unlocked, if nobody
// uses it after this request. It returns 0 if the session is not stored or is
// locked. With it a page can warn the user in time. See [Session.Created].
func (s *Session) IdleLeft() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookAtClock()
	c, running := &s.life.clock, time.Since(s.started)
	if !c.known() {
		return 0
	}
	used, now := c.Used, c.now(running)
	if s.life.refreshDue || !s.life.changes.isEmpty() {
		used = c.lastUse(running, s.life.unlocks())
	}
	return max(0, min(used.Add(c.Idle).Sub(now), c.Deadline.Sub(now)))
}

// Level returns the level of the login, as the next save would leave it. It
// returns 0 without a login and while the session is locked. See [Login.Level].
func (s *Session) Level() int {
	v, _ := s.verify()
	return v.level
}

// Locked returns the user of a session that is locked, or "". See [Lifetimes].
func (s *Session) Locked() string {
	v, _ := s.verify()
	return v.locked
}

func (s *Session) clock() store.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookAtClock()
	if !s.life.clock.known() {
		return store.Record{}
	}
	return *s.life.clock.Record
}

// newLogin checks l and returns the login for the store.
func (m *Manager) newLogin(l Login, now time.Time) (*login, error) {
	switch {
	case l.User == "":
		return nil, errors.New("the user is empty")
	case len(l.User) > maxUser:
		return nil, fmt.Errorf("the user has %d bytes, more than %d", len(l.User), maxUser)
	case l.Level < 0 || l.Level > maxLevel:
		return nil, fmt.Errorf("the level %d is not from 1 to %d", l.Level, maxLevel)
	}
	if err := l.External.check(); err != nil {
		return nil, err
	}
	lifetimes, err := m.lifetimes(l, now)
	if err != nil {
		return nil, err
	}
	return &login{
		Login: store.Login{User: strings.Clone(l.User), External: l.External.text()},
		about: about{
			level: max(l.Level, 1), remember: l.Remember, until: !l.Until.IsZero(),
			device: label(l.Device),
		},
		lifetimes: lifetimes,
		until:     l.Until,
	}, nil
}

// lifetimes returns the lifetimes of a login that begins now.
func (m *Manager) lifetimes(l Login, now time.Time) (store.Lifetimes, error) {
	chosen := l.Lifetimes
	switch {
	case chosen != (Lifetimes{}):
		if err := chosen.check(); err != nil {
			return store.Lifetimes{}, err
		}
	case l.Remember:
		chosen = m.opts.Remember
	default:
		chosen = m.opts.lifetimes()
	}
	if !l.Until.IsZero() {
		left := l.Until.Sub(now)
		if left < time.Millisecond {
			return store.Lifetimes{}, fmt.Errorf("the time until %v is over", l.Until)
		}
		chosen.Absolute = min(chosen.Absolute, left)
	}
	if chosen.Absolute > m.longest {
		return store.Lifetimes{}, fmt.Errorf(
			"the lifetime %v is longer than %v, the longest that Options name",
			chosen.Absolute, m.longest)
	}
	return chosen.stored(), nil
}
