package site

import (
	"errors"
	"unicode/utf8"

	"github.com/ringsession/ringsession/core"
)

// The keys of the session. The user, and when they logged in, are kept by Login itself.
const (
	Visits core.Counter     = "visits"
	Note   core.Key[string] = "note"
	News   core.Key[string] = "news" // for the next page that shows it, and for that alone
)

// Password opens every account.
const Password = "secret"

// Limits of what a visitor may enter, in characters.
const (
	maxName = 100
	MaxNote = 100
)

// A LoginForm is what a visitor entered.
type LoginForm struct {
	Name, Password string
	Remember       bool
	Next           string // where to go afterwards
}

// errPassword is for the visitor.
var errPassword = errors.New("that is not the password")

// SignIn logs the visitor in, if the password is right. The error is for the visitor.
func SignIn(session *core.Session, f LoginForm) error {
	switch {
	case f.Name == "":
		return errors.New("please enter a name")
	case utf8.RuneCountInString(f.Name) > maxName:
		return errors.New("that name is too long")
	case f.Password != Password:
		return errPassword
	}
	session.LoginWith(core.Login{User: f.Name, Remember: f.Remember})
	return nil
}

// Confirm makes the login a fresh one, if the password is right. The error is for the visitor.
func Confirm(session *core.Session, password string) error {
	if password != Password {
		return errPassword
	}
	session.Confirm(1) // which is the level of a password
	return nil
}

// Keep keeps the beginning of the note in the session; an empty note removes it.
func (p Pages) Keep(session *core.Session, note string) {
	if runes := []rune(note); len(runes) > MaxNote {
		note = string(runes[:MaxNote])
	}
	if note == "" {
		Note.Delete(session)
		News.Set(session, p.framework+" removed the note.")
		return
	}
	Note.Set(session, note)
	News.Set(session, p.framework+" kept the note.")
}

// Renew gives the session a new id.
func (p Pages) Renew(session *core.Session) {
	session.Renew()
	News.Set(session, p.framework+" renewed the session: a new id, the same data.")
}
