package site

import (
	"bytes"
	_ "embed"
	"html/template"
	"time"

	"github.com/ringsession/ringsession/core"
)

//go:embed pages.html
var pageSource string

var pages = template.Must(template.New("pages").Parse(pageSource))

// LoginPage is the form to sign in. next is where to go afterwards, problem says why it is shown again.
func (s *Site) LoginPage(next, name string, problem error) []byte {
	return render("login", map[string]any{
		"Framework": s.Framework, "Password": Password, "Next": next, "Name": name, "Problem": problem,
	})
}

// HomePage counts a visit and greets the user.
func (s *Site) HomePage(session *core.Session) []byte {
	visits, _ := Visits.Get(session)
	Visits.Set(session, visits+1)
	since, _ := SignedInAt.Get(session)
	return render("home", map[string]any{
		"Framework": s.Framework, "Who": s.Whoami(session), "Since": since.UTC().Format(time.RFC1123),
	})
}

func render(name string, data any) []byte {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the templates and their data are both in this package
	}
	return b.Bytes()
}
