package console

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/ringsession/ringsession/examples/demo/usual"
	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/nethttpsession"
)

// A session is what the application below needs of one. Ours and the usual ones have it alike.
type session interface {
	User() string
	Login(user string)
	Logout()
	Get(key string) any
	Set(key string, value any)
}

// A side is one of two ways to keep sessions, with the same application on it.
type side struct {
	base  string // URL of the application
	app   http.Handler
	store *usual.Store // nil on our side
	gate  atomic.Pointer[gate]
}

func (c *console) ourSide() *side {
	s := &side{base: c.site.URL() + "/demo/ours"}
	app := s.handler(func(r *http.Request) session { return nethttpsession.From(r) })
	s.app = nethttpsession.Middleware(c.site.Sessions)(app)
	return s
}

func (c *console) usualSide(store *usual.Store) *side {
	s := &side{base: c.site.URL() + "/demo/usual", store: store}
	app := s.handler(func(r *http.Request) session { return usual.From(r) })
	s.app = store.Middleware(app)
	return s
}

// handler is a small application with a login. It is the same on both sides.
func (s *side) handler(from func(*http.Request) session) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		from(r).Set("next", "/") // where the visitor wants to go afterwards
		w.WriteHeader(http.StatusOK)
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("password") != site.Password {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		from(r).Login(r.PostFormValue("name"))
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		from(r).Logout()
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("GET /whoami", func(w http.ResponseWriter, r *http.Request) {
		user := from(r).User()
		if user == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusOK)
		_ = json.NewEncoder(w).Encode(site.Whoami{User: user})
	})
	mux.HandleFunc("POST /value", func(w http.ResponseWriter, r *http.Request) {
		session := from(r)
		_ = session.User() // the session is read before, and written after what takes so long
		s.gate.Load().pass(r.Context())
		session.Set(r.FormValue("key"), "changed")
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /value", func(w http.ResponseWriter, r *http.Request) {
		if from(r).Get(r.FormValue("key")) == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// A gate holds requests between their reading and their writing, so that they overlap with what a step does meanwhile.
type gate struct {
	arrived chan struct{}
	open    chan struct{}
}

// hold closes the gate of the side. The requests that come to it wait until it is opened.
func (s *side) hold() *gate {
	g := &gate{make(chan struct{}), make(chan struct{})}
	s.gate.Store(g)
	return g
}

// gateTimeout is how long a request waits at a gate that nobody opens.
const gateTimeout = 5 * time.Second

func (g *gate) pass(ctx context.Context) {
	if g == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, gateTimeout)
	defer cancel()
	select {
	case g.arrived <- struct{}{}:
	case <-g.open:
	case <-ctx.Done():
	}
	select {
	case <-g.open:
	case <-ctx.Done():
	}
}

// await waits until n requests are at the gate.
func (g *gate) await(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, gateTimeout)
	defer cancel()
	for range n {
		select {
		case <-g.arrived:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
