// Package nethttpsession gives handlers of net/http their sessions.
//
//	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
//		s := nethttpsession.From(r)
//		...
//	})
//	handler := nethttpsession.Middleware(sessions)(mux) // sessions is a *core.Manager
//
// Routers whose handlers are those of net/http (chi, gorilla/mux) use it as
// well. [core.New] makes sessions. [core.Session] describes what a handler can
// do. Mount recovery middleware outside of [Middleware]: if a handler panics,
// its changes are not saved, and the panic passes on.
package nethttpsession

import (
	"net/http"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// Middleware gives every request its session. It stores the handler's changes
// before the response's headers leave. If that fails, the client gets an error
// instead of the handler's response. If Middleware is mounted twice, only the
// outer one has an effect.
//
// A request of another origin with an unsafe method, such as POST, gets 403;
// see [core.Manager.Begin].
func Middleware(m *core.Manager) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, mounted := m.FromContext(r.Context()); mounted {
				next.ServeHTTP(w, r)
				return
			}
			x, err := m.Begin(r.Context(), adapter.NewRequest(r))
			if err != nil {
				m.WriteError(w, r, err)
				return
			}
			inner := r.WithContext(x.Context(r.Context()))
			response := adapter.NewResponse(w, x, func(err error) { m.WriteError(w, inner, err) })
			response.Run(func() { next.ServeHTTP(response, inner) })
			_ = response.Finish()
		})
	}
}

// From returns the session of the request. It panics without [Middleware].
func From(r *http.Request) *core.Session {
	return core.MustFromContext(r.Context(), "nethttpsession")
}

// LoginRequired lets only requests with a login through to the handler. The
// others are redirected to the login page or get 401. If the session cannot be
// read, they get 503.
//
// It guards a handler, not a folder. For [http.ServeMux] the path /admin%2Ff has one
// segment, for [http.FileServer] it has two. So a guard on /admin/ does not keep the
// file admin/f from a FileServer on / that has the folder as well: wrap the
// FileServer, or give it a folder without what is guarded.
func LoginRequired(g core.Guard) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			if err := g.Check(r.Context(), adapter.NewRequest(r)); err != nil {
				From(r).WriteError(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
