package site

import (
	"bytes"
	_ "embed"
	"html/template"

	"github.com/ringsession/ringsession/core"
)

//go:embed pages.html
var pageSource string

var templates = template.Must(template.New("pages").Parse(pageSource))

// Pages are what a framework answers with.
type Pages struct {
	framework string
	site      *Site
}

// Pages returns the pages that the framework serves.
func (s *Site) Pages(framework string) Pages { return Pages{framework, s} }

// Login is the form to sign in. next is where to go afterwards, problem says why the form is shown again.
func (p Pages) Login(next, name string, problem error) []byte {
	return render("login", map[string]any{
		"Framework": p.framework, "Password": Password, "MaxName": maxName, "Next": next, "Name": name, "Problem": problem,
	})
}

// Home counts a visit and greets the user.
func (p Pages) Home(session *core.Session) []byte {
	visits, _ := Visits.Get(session)
	Visits.Set(session, visits+1)
	since, _ := SignedInAt.Get(session)
	return render("home", map[string]any{"Who": p.Whoami(session), "Since": since.UTC().Format("2 Jan 2006, 15:04 UTC")})
}

func render(name string, data any) []byte {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the templates and their data are both in this package
	}
	return b.Bytes()
}

// Whoami says who is signed in, and where the session is kept.
type Whoami struct {
	User      string `json:"user"`
	Visits    int    `json:"visits"`
	Framework string `json:"framework"`
	Shard     string `json:"shard"`
}

// Whoami is the answer of /whoami.
func (p Pages) Whoami(session *core.Session) Whoami {
	visits, _ := Visits.Get(session)
	shard, err := p.site.store.Owner(session.ID())
	if err != nil {
		shard = "none"
	}
	return Whoami{User: session.User(), Visits: visits, Framework: p.framework, Shard: shard}
}
