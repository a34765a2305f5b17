package nethttpsession_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adaptertest"
	"github.com/ringsession/ringsession/internal/chaintest"
	"github.com/ringsession/ringsession/nethttpsession"
)

func TestScenarios(t *testing.T) {
	adaptertest.Run(t, adaptertest.Framework{Name: "net/http", Serve: serve, Cannot: map[string]string{
		"Save after a failed save": "its error page has no session",
	}})
}

func TestFromWithoutMiddleware(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	chaintest.WithoutMiddleware(t, "nethttpsession", func() { nethttpsession.From(r) })
}

func serve(t testing.TB, ln net.Listener, app adaptertest.App) {
	mux := http.NewServeMux()
	for _, route := range app.Routes {
		mux.Handle(route.Method+" "+route.Path, handler(mux, app, route))
	}
	var h http.Handler = mux
	if app.Inside != nil {
		h = app.Inside(h)
	}
	h = nethttpsession.Middleware(app.Manager)(h)
	if app.Between != nil {
		h = nethttpsession.Middleware(app.Manager)(between(app.Between, h))
	}
	adaptertest.Serve(t, ln, recovery(outer(app.OuterHeader, h)))
}

func handler(mux *http.ServeMux, app adaptertest.App, route adaptertest.Route) http.Handler {
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := route.Handle(exchange{w, r, mux}); err != nil {
			if app.OnError != nil {
				app.OnError(exchange{w, r, mux}, err)
			}
			http.Error(w, "failed", http.StatusInternalServerError)
		}
	})
	if route.Raw != nil {
		h = route.Raw
	}
	if route.Guard != nil {
		h = nethttpsession.LoginRequired(*route.Guard)(h)
	}
	return h
}

func between(call func(adaptertest.Exchange), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call(exchange{w, r, nil})
		next.ServeHTTP(w, r)
	})
}

func outer(header http.Header, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range header {
			w.Header()[name] = append([]string(nil), values...)
		}
		next.ServeHTTP(w, r)
	})
}

func recovery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

type exchange struct {
	w   http.ResponseWriter
	r   *http.Request
	mux *http.ServeMux
}

func (x exchange) Session() *core.Session       { return nethttpsession.From(x.r) }
func (x exchange) Context() context.Context     { return x.r.Context() }
func (x exchange) Query(name string) string     { return x.r.URL.Query().Get(name) }
func (x exchange) SetHeader(name, value string) { x.w.Header().Set(name, value) }
func (x exchange) AddHeader(name, value string) { x.w.Header().Add(name, value) }

func (x exchange) Text(status int, body string) error {
	x.w.WriteHeader(status)
	_, err := io.WriteString(x.w, body)
	return err
}

func (x exchange) Redirect(status int, location string) error {
	http.Redirect(x.w, x.r, location, status)
	return nil
}

func (x exchange) Forward(path string) error {
	x.r.URL.Path = path
	x.mux.ServeHTTP(x.w, x.r)
	return nil
}

func (x exchange) Stream(write func(io.Writer, func() error) error) error {
	return write(x.w, http.NewResponseController(x.w).Flush)
}
