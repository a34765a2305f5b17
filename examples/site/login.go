package site

import (
	"errors"
	"time"
	"unicode/utf8"

	"github.com/ringsession/ringsession/core"
)

// The keys of the session. The user is kept by Login itself.
const (
	Visits     core.Key[int]       = "visits"
	SignedInAt core.Key[time.Time] = "signed_in_at"
	Note       core.Key[string]    = "note"
	News       core.Key[string]    = "news" // for the next home page, and for that alone
)

// Password opens every account.
const Password = "secret"

// Limits of what a visitor may enter, in characters.
const (
	maxName = 100
	MaxNote = 100
)

// SignIn logs the name in, if the password is right, and remembers when. The error is for the visitor.
func SignIn(session *core.Session, name, password string) error {
	switch {
	case name == "":
		return errors.New("please enter a name")
	case utf8.RuneCountInString(name) > maxName:
		return errors.New("that name is too long")
	case password != Password:
		return errors.New("that is not the password")
	}
	session.Login(name)
	SignedInAt.Set(session, time.Now())
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
