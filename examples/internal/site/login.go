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
)

// Password opens every account.
const Password = "secret"

const maxName = 100 // characters

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
