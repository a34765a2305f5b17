package site

import (
	_ "embed"
	"html/template"

	"github.com/ringsession/ringsession/core"
)

var (
	//go:embed pages.html
	pageSource string
	// Style is the style sheet of the pages.
	//go:embed style.css
	Style string

	pageFuncs = template.FuncMap{"style": func() template.CSS { return template.CSS(Style) }}
	templates = template.Must(template.New("pages").Funcs(pageFuncs).Parse(pageSource))
	policy    = Policy("style-src " + hash(Style))
)

// Pages are what a framework answers with.
type Pages struct {
	framework string
	site      *Site
}

// Pages returns the pages that the framework serves.
func (s *Site) Pages(framework string) Pages { return Pages{framework, s} }

// Login is the form to sign in. next is where to go afterwards, problem says why the form is shown again.
func (p Pages) Login(next, name string, problem error) Page {
	return Page{render(templates, "login", map[string]any{
		"Framework": p.framework, "Password": Password, "MaxName": maxName, "Next": next, "Name": name, "Problem": problem,
	}), policy}
}

// Home counts a visit and greets the user.
func (p Pages) Home(session *core.Session) Page {
	visits, _ := Visits.Get(session)
	Visits.Set(session, visits+1)
	if p.site.Home != nil {
		return p.site.Home(p.framework, session)
	}
	since, _ := SignedInAt.Get(session)
	news, _ := News.Pop(session)
	note, _ := Note.Get(session)
	return Page{render(templates, "home", map[string]any{
		"Who": p.Whoami(session), "Since": since.UTC().Format("2 Jan 2006, 15:04 UTC"), "News": news, "Note": note, "MaxNote": MaxNote,
	}), policy}
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
	shard, err := p.site.Store.Owner(session.ID().Place)
	if err != nil {
		shard = "none"
	}
	return Whoami{User: session.User(), Visits: visits, Framework: p.framework, Shard: shard}
}
