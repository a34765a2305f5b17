package site

import (
	_ "embed"
	"html/template"
	"time"

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

// Login is the form to sign in, with what the visitor entered before. Problem says why it is shown again.
func (p Pages) Login(f LoginForm, problem error) Page {
	return p.page("login", map[string]any{
		"Framework": p.framework, "Password": Password, "MaxName": maxName, "Form": f, "Problem": problem, "Lead": p.site.Lead,
	})
}

// Confirm is the form that asks for the password again. next is where to go afterwards, problem says why it is shown again.
func (p Pages) Confirm(session *core.Session, next string, problem error) Page {
	return p.page("confirm", map[string]any{
		"Framework": p.framework, "Password": Password, "User": session.User(), "Next": next, "Problem": problem,
	})
}

// Vault is what a visitor sees whose login is fresh.
func (p Pages) Vault(session *core.Session) Page {
	return p.page("vault", map[string]any{"Framework": p.framework, "User": session.User(), "Since": day(session.LoggedIn())})
}

func (p Pages) page(name string, data any) Page { return Page{render(templates, name, data), policy} }

// Home counts a visit and greets the user.
func (p Pages) Home(session *core.Session) Page {
	Visits.Add(session, 1)
	if p.site.Home != nil {
		return p.site.Home(p.framework, session)
	}
	news, _ := News.Pop(session)
	note, _ := Note.Get(session)
	return p.page("home", map[string]any{
		"Who": p.Whoami(session), "Since": day(session.LoggedIn()), "News": news, "Note": note, "MaxNote": MaxNote,
	})
}

// day writes a time for people.
func day(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// Whoami says who is signed in, and where the session is kept.
type Whoami struct {
	User      string `json:"user"`
	Visits    int64  `json:"visits"`
	Framework string `json:"framework"`
	Shard     string `json:"shard"`

	LoggedIn time.Time `json:"logged_in"`
	Deadline time.Time `json:"deadline"` // the session ends then at the latest
	Level    int       `json:"level"`
}

// Whoami is the answer of /whoami.
func (p Pages) Whoami(session *core.Session) Whoami {
	shard, err := p.site.Store.Owner(session.ID().Place)
	if err != nil {
		shard = "none"
	}
	return Whoami{
		User: session.User(), Visits: Visits.Get(session), Framework: p.framework, Shard: shard,
		LoggedIn: session.LoggedIn().UTC(), Deadline: session.Deadline().UTC(), Level: session.Level(),
	}
}
