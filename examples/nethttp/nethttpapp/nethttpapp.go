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
	fresh := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login", MaxAge: s.Fresh, ConfirmURL: "/confirm"})
	programs := nethttpsession.LoginRequired(core.Guard{})

	mux := http.NewServeMux()
	mux.Handle("GET /{$}", browsers(http.HandlerFunc(a.home)))
	mux.Handle("POST /note", browsers(http.HandlerFunc(a.note)))
	mux.Handle("POST /renew", browsers(http.HandlerFunc(a.renew)))
	mux.Handle("GET /whoami", programs(http.HandlerFunc(a.whoami)))
	mux.Handle("GET /events", programs(http.HandlerFunc(a.events)))
	mux.HandleFunc("GET /login", a.loginPage)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.Handle("GET /devices", browsers(http.HandlerFunc(a.devices)))
	mux.Handle("POST /devices/end", browsers(http.HandlerFunc(a.endDevice)))
	mux.Handle("POST /devices/end-others", browsers(http.HandlerFunc(a.endOthers)))
	mux.Handle("POST /admin/end", browsers(http.HandlerFunc(a.endUser)))
	mux.Handle("GET /vault", fresh(http.HandlerFunc(a.vault)))
	mux.Handle("GET /confirm", browsers(http.HandlerFunc(a.confirmPage)))
	mux.Handle("POST /confirm", browsers(http.HandlerFunc(a.confirm)))

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

func (a app) events(w http.ResponseWriter, r *http.Request) {
	a.pages.StreamTo(w, r, nethttpsession.From(r))
}

func (a app) loginPage(w http.ResponseWriter, r *http.Request) {
	html(w, http.StatusOK, a.pages.Login(site.LoginForm{Next: r.URL.Query().Get("next")}, nil))
}

func (a app) login(w http.ResponseWriter, r *http.Request) {
	form := site.LoginForm{
		Name: r.PostFormValue("name"), Password: r.PostFormValue("password"),
		Remember: r.PostFormValue("remember") == "on", Next: r.PostFormValue("next"),
	}
	if err := site.SignIn(nethttpsession.From(r), form); err != nil {
		html(w, http.StatusUnauthorized, a.pages.Login(form, err))
		return
	}
	http.Redirect(w, r, core.NextPath(form.Next, "/"), http.StatusSeeOther)
}

func (a app) logout(w http.ResponseWriter, r *http.Request) {
	nethttpsession.From(r).Logout()
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func (a app) devices(w http.ResponseWriter, r *http.Request) {
	session := nethttpsession.From(r)
	devices, err := a.pages.Devices(r.Context(), session)
	if err != nil {
		session.WriteError(w, r, err)
		return
	}
	devices.SetHeaders(w.Header().Set)
	if site.WantsJSON(r.Header.Get("Accept")) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(devices.List)
		return
	}
	html(w, http.StatusOK, a.pages.DevicesPage(session, devices))
}

func (a app) endDevice(w http.ResponseWriter, r *http.Request) {
	err := a.pages.EndDevice(r.Context(), nethttpsession.From(r), r.PostFormValue("place"))
	a.ended(w, r, err)
}

func (a app) endOthers(w http.ResponseWriter, r *http.Request) {
	err := a.pages.EndOthers(r.Context(), nethttpsession.From(r))
	a.ended(w, r, err)
}

func (a app) endUser(w http.ResponseWriter, r *http.Request) {
	session := nethttpsession.From(r)
	if !site.IsAdmin(session) {
		http.Error(w, site.NotAdmin, http.StatusForbidden)
		return
	}
	a.ended(w, r, a.pages.EndUser(r.Context(), session, r.PostFormValue("user")))
}

func (a app) ended(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		nethttpsession.From(r).WriteError(w, r, err)
		return
	}
	http.Redirect(w, r, core.NextPath(r.PostFormValue("next"), "/devices"), http.StatusSeeOther)
}

func (a app) vault(w http.ResponseWriter, r *http.Request) {
	html(w, http.StatusOK, a.pages.Vault(nethttpsession.From(r)))
}

func (a app) confirmPage(w http.ResponseWriter, r *http.Request) {
	html(w, http.StatusOK, a.pages.Confirm(nethttpsession.From(r), r.URL.Query().Get("next"), nil))
}

func (a app) confirm(w http.ResponseWriter, r *http.Request) {
	session, next := nethttpsession.From(r), r.PostFormValue("next")
	if err := site.Confirm(session, r.PostFormValue("password")); err != nil {
		html(w, http.StatusUnauthorized, a.pages.Confirm(session, next, err))
		return
	}
	http.Redirect(w, r, core.NextPath(next, "/"), http.StatusSeeOther)
}

func html(w http.ResponseWriter, status int, page site.Page) {
	page.SetHeaders(w.Header().Set)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.HTML)
}
