// Package nethttpapp is a small application with a login, on net/http.
package nethttpapp

import (
	"encoding/json"
	"net/http"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/nethttpsession"
)

// New returns the application's server.
func New(s *site.Site) site.Server {
	a := app{s.Pages("net/http")}
	browsers := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})
	programs := nethttpsession.LoginRequired(core.Guard{})

	mux := http.NewServeMux()
	mux.Handle("GET /{$}", browsers(http.HandlerFunc(a.home)))
	mux.Handle("POST /note", browsers(http.HandlerFunc(a.note)))
	mux.Handle("POST /renew", browsers(http.HandlerFunc(a.renew)))
	mux.Handle("GET /whoami", programs(http.HandlerFunc(a.whoami)))
	mux.Handle("GET /events", programs(http.HandlerFunc(a.pages.StreamTo)))
	mux.HandleFunc("GET /login", a.loginPage)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)

	return site.NewServer(nethttpsession.Middleware(s.Sessions)(mux))
}

type app struct{ pages site.Pages }

func (a app) home(w http.ResponseWriter, r *http.Request) {
	html(w, http.StatusOK, a.pages.Home(nethttpsession.From(r)))
}

func (a app) note(w http.ResponseWriter, r *http.Request) {
	a.pages.Keep(nethttpsession.From(r), r.PostFormValue("note"))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a app) renew(w http.ResponseWriter, r *http.Request) {
	a.pages.Renew(nethttpsession.From(r))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a app) whoami(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(a.pages.Whoami(nethttpsession.From(r)))
}

func (a app) loginPage(w http.ResponseWriter, r *http.Request) {
	html(w, http.StatusOK, a.pages.Login(r.URL.Query().Get("next"), "", nil))
}

func (a app) login(w http.ResponseWriter, r *http.Request) {
	name, next := r.PostFormValue("name"), r.PostFormValue("next")
	if err := site.SignIn(nethttpsession.From(r), name, r.PostFormValue("password")); err != nil {
		html(w, http.StatusUnauthorized, a.pages.Login(next, name, err))
		return
	}
	http.Redirect(w, r, core.NextPath(next, "/"), http.StatusSeeOther)
}

func (a app) logout(w http.ResponseWriter, r *http.Request) {
	nethttpsession.From(r).Logout()
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func html(w http.ResponseWriter, status int, page site.Page) {
	page.SetHeaders(w.Header().Set)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.HTML)
}
