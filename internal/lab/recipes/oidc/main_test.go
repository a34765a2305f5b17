package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
	"golang.org/x/oauth2"
)

func site(t *testing.T) (*provider, *recipetest.Visitor) {
	t.Helper()
	p := newProvider(t)
	app, err := newApp(sessiontest.New(t, nil), p.URL, oauth2.Config{
		ClientID: clientID, ClientSecret: clientSecret, RedirectURL: "https://shop.example/callback",
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, recipetest.New(t, app)
}

// begin sends the visitor to the provider and returns with what it would call the site.
func begin(p *provider, v *recipetest.Visitor) url.Values {
	return p.signIn(v.Get("/login?next=%2F%3Ftab%3D2").Header.Get("Location"))
}

// back is the navigation from the provider's page to the site.
func back(v *recipetest.Visitor, with url.Values) recipetest.Reply {
	return v.Get("/callback?"+with.Encode(), "Sec-Fetch-Site", "cross-site")
}

const (
	unknown = "400 This sign-in is not known any more. Please try again."
	failed  = "403 The sign-in did not work. Please try again."
)

func TestAVisitorSignsInAtTheProvider(t *testing.T) {
	p, v := site(t)
	v.Want("a page for users", v.Get("/?tab=2"), "303 to /login?next=%2F%3Ftab%3D2")
	with := begin(p, v)
	v.Want("back", back(v, with), "303 to /?tab=2")
	v.Want("the page", v.Get("/?tab=2"), "200 Hello ada")
	v.Want("back once more", back(v, with), unknown)
	v.Want("the page, still", v.Get("/?tab=2"), "200 Hello ada")
}

func TestWhatIsForgedSignsNobodyIn(t *testing.T) {
	p, v := site(t)
	change := func(name, value string) func(url.Values) { return func(with url.Values) { with.Set(name, value) } }
	for name, row := range map[string]struct {
		forge  map[string]any
		change func(url.Values)
		want   string
	}{
		"another state":     {nil, change("state", "guessed"), unknown},
		"no state":          {nil, change("state", ""), unknown},
		"an unknown code":   {nil, change("code", "guessed"), failed},
		"a denial":          {nil, change("code", ""), failed},
		"another nonce":     {map[string]any{"nonce": "of another login"}, nil, failed},
		"no nonce":          {map[string]any{"nonce": nil}, nil, failed},
		"another audience":  {map[string]any{"aud": "another client"}, nil, failed},
		"another issuer":    {map[string]any{"iss": "https://evil.example"}, nil, failed},
		"an ID token's end": {map[string]any{"exp": 1}, nil, failed},
	} {
		p.forge = row.forge
		with := begin(p, v)
		if row.change != nil {
			row.change(with)
		}
		v.Want(name, back(v, with), row.want)
		v.Want(name+": the page", v.Get("/"), "303 to /login?next=%2F")
	}
	p.forge = nil

	// The code of a login that somebody else began: its verifier is in their session.
	eve := v.Other()
	stolen, own := begin(p, v), begin(p, eve)
	own.Set("code", stolen.Get("code"))
	v.Want("the code of another session", back(eve, own), failed)
	v.Want("the state of another session", back(eve, stolen), unknown)
}

// With response_mode=form_post the browser sends a POST from the provider's site, without
// the session's SameSite=Lax cookie. The redirect after it has the cookie again.
func TestTheProviderAnswersByAForm(t *testing.T) {
	p, v := site(t)
	with := begin(p, v)
	withoutCookies := v.Other()
	reply := withoutCookies.Post("/callback", with.Encode(), "Sec-Fetch-Site", "cross-site", "Origin", p.URL)
	to := reply.Header.Get("Location")
	if reply.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/callback?") || reply.Header.Get("Set-Cookie") != "" {
		t.Fatalf("the form has %s with the cookie %q", reply, reply.Header.Get("Set-Cookie"))
	}
	v.Want("the redirect", v.Get(to, "Sec-Fetch-Site", "cross-site"), "303 to /?tab=2")
	v.Want("the page", v.Get("/"), "200 Hello ada")
}

func TestMainServesTheApp(t *testing.T) {
	p := newProvider(t)
	v := recipetest.Run(t, main, "REDIS_URL", redistest.Start(t).URL(), "OIDC_ISSUER", p.URL,
		"OIDC_CLIENT_ID", clientID, "OIDC_REDIRECT_URL", "https://shop.example/callback")
	v.Want("the login", v.Get("/login"), "303 to "+p.URL+"/authorize?…")
}
