package core

import (
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// A login is what core knows of a login: what the store keeps, and the parsed
// form of [store.Login.About]. lifetimes are the ones with which the login
// begins.
type login struct {
	store.Login
	about     about
	lifetimes store.Lifetimes
	until     time.Time // the latest end, by this process's clock; zero if there is none
	confirms  bool      // it only confirms the stored login; if that is gone, so is this one
}

// from returns the login as it begins now. If it has a latest end, its absolute
// lifetime gets shorter by the time since the handler set it.
func (l *login) from(now time.Time) *login {
	if l == nil || l.until.IsZero() {
		return l
	}
	to := *l
	left := l.until.Sub(now).Truncate(time.Millisecond)
	to.lifetimes.Absolute = max(time.Millisecond, min(l.lifetimes.Absolute, left))
	return &to
}

// after returns the login as it follows the stored one: it sets about.again.
func (l *login) after(stored *login) *login {
	if l == nil || l.about.again == (stored.user() == l.User) {
		return l
	}
	to := *l
	to.about.again = !to.about.again
	return &to
}

// user returns the user's name, or "" for a nil login.
func (l *login) user() string {
	if l == nil {
		return ""
	}
	return l.User
}

// stored returns the login as the store gets it.
func (l *login) stored() store.Login {
	if l == nil {
		return store.Login{}
	}
	to := l.Login
	to.About = l.about.text()
	return to
}

// loginOf returns the login in a record, nil if there is none.
func loginOf(r store.Login) *login {
	if r.User == "" {
		return nil
	}
	return &login{Login: r, about: parseAbout(r.About)}
}

// about is what core keeps in [store.Login.About].
type about struct {
	level    int
	remember bool   // the cookie is persistent
	until    bool   // the deadline does not move
	again    bool   // the same user was logged in already: this is not a new session of theirs
	device   string // see Login.Device
}

// text returns the form that the store keeps. It is short, because every login
// has one: the level; "r", "u" and "a" for the flags that are set; a space and
// the device.
func (a about) text() string {
	text := make([]byte, 0, 8+len(a.device))
	text = append(text, '0'+byte(a.level))
	if a.remember {
		text = append(text, 'r')
	}
	if a.until {
		text = append(text, 'u')
	}
	if a.again {
		text = append(text, 'a')
	}
	if a.device != "" {
		text = append(append(text, ' '), a.device...)
	}
	return string(text)
}

func parseAbout(text string) about {
	head, device, _ := strings.Cut(text, " ")
	a := about{
		level: 1, device: device,
		remember: strings.Contains(head, "r"), until: strings.Contains(head, "u"),
		again: strings.Contains(head, "a"),
	}
	if head != "" && '1' <= head[0] && head[0] <= '9' {
		a.level = int(head[0] - '0')
	}
	return a
}
