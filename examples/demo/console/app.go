package console

import (
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/ringsession/ringsession/examples/demo/usual"
	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/nethttpsession"
)

// A session is what the application below needs of one. Ours and the usual ones
// have it alike.
type session interface {
	User() string
	Login(user string)
	Logout()
	Get(key string) any
	Set(key string, value any)
}

// A side is one of two ways to keep sessions, with the same small application
// on it.
type side struct {
	base  string // URL of the application
	from  func(*http.Request) session
	store *usual.Store // nil on our side
	http.Handler
	gate atomic.Pointer[gate]
}

func (c *console) ourSide() *side {
	s := &side{base: c.site.URL() + "/demo/ours"}
	s.from = func(r *http.Request) session { return nethttpsession.From(r) }
	s.Handler = nethttpsession.Middleware(c.site.Sessions)(s.application())
	return s
}

func (c *console) usualSide(store *usual.Store) *side {
	s := &side{base: c.site.URL() + "/demo/usual", store: store}
	s.from = func(r *http.Request) session { return usual.From(r) }
	s.Handler = store.Middleware(s.application())
	return s
}

// application is the same on both sides: it knows sessions by [session] alone.
func (s *side) application() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", s.loginPage)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /whoami", s.whoami)
	mux.HandleFunc("POST /value", s.change)
	mux.HandleFunc("GET /value", s.value)
	return mux
}

// loginPage remembers where the visitor wants to go afterwards.
func (s *side) loginPage(w http.ResponseWriter, r *http.Request) {
	s.from(r).Set("next", "/")
	w.WriteHeader(http.StatusOK)
}

func (s *side) login(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("password") != site.Password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.from(r).Login(r.PostFormValue("name"))
	w.WriteHeader(http.StatusSeeOther)
}

func (s *side) logout(w http.ResponseWriter, r *http.Request) {
	s.from(r).Logout()
	w.WriteHeader(http.StatusSeeOther)
}

func (s *side) whoami(w http.ResponseWriter, r *http.Request) {
	user := s.from(r).User()
	if user == "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusOK)
	_ = json.NewEncoder(w).Encode(site.Whoami{User: user})
}

// change reads the session first, and changes a key of it after what takes so
// long.
func (s *side) change(w http.ResponseWriter, r *http.Request) {
	session := s.from(r)
	_ = session.User()
	s.gate.Load().pass(r.Context())
	session.Set(r.FormValue("key"), "changed")
	w.WriteHeader(http.StatusNoContent)
}

func (s *side) value(w http.ResponseWriter, r *http.Request) {
	if s.from(r).Get(r.FormValue("key")) == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
