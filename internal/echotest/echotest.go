// Package echotest is what the adapters of Echo v4 and v5 are to pass beside
// adaptertest: chains with Echo's own middleware.
package echotest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/internal/chaintest"
)

// A Ctx is what these tests' handlers use of Echo's contexts.
type Ctx interface {
	SetCookie(*http.Cookie)
	String(status int, text string) error
}

// A Version is one version of Echo with its adapter. C is its context, M its type of middleware.
type Version[C Ctx, M any] struct {
	// New returns an application without a log. onError is nil for Echo's own error handler.
	New           func(onError func(C, error)) App[M]
	Get           func(app App[M], path string, handle func(C) error, guards ...M)
	Around        func(func(c C, next func(C) error) error) M // makes a middleware
	Middleware    func(*core.Manager) M
	LoginRequired func(core.Guard) M
	From          func(C) *core.Session
	Writer        func(C) http.ResponseWriter
	Committed     func(C) bool
	Status        func(error) int // of Echo's error in err; 0 without one

	// Middleware that comes with Echo. Wrap adapts one of net/http.
	Gzip, CORS, Recover, RequestID M

	BodyDump func(into *string) M
	Wrap     func(func(http.Handler) http.Handler) M
}

// An App is an application.
type App[M any] interface {
	http.Handler
	Use(middleware ...M)
}

// Chains tests the adapter in chains of middleware.
func Chains[C Ctx, M any](t *testing.T, v Version[C, M]) {
	for name, test := range map[string]func(*testing.T){
		"errors reach the error handler":                v.errorHandler,
		"Echo's own error page keeps the cause":         v.ownErrorPage,
		"middleware that wraps the writer":              v.wrappedWriter,
		"headers of outer middleware survive a failure": v.outerHeaders,
		"a panic after a failed save is an error":       v.panicAfterFailure,
		"the error handler's page":                      v.errorPage,
	} {
		t.Run(name, test)
	}
}

func (v Version[C, M]) change(c C) error {
	chaintest.Clicks.Set(v.From(c), 1)
	v.Writer(c).Header().Set("X-Handler", "was here")
	return c.String(http.StatusOK, "changed")
}

func (v Version[C, M]) errorHandler(t *testing.T) {
	store := new(chaintest.Store)
	var told []error
	e := v.New(func(c C, err error) {
		told = append(told, err)
		chaintest.Want(t, "nothing has left yet", v.Committed(c), false)
		_ = c.String(v.Status(err), "sorry: "+http.StatusText(v.Status(err)))
	})
	e.Use(v.Middleware(chaintest.Manager(store)))
	v.Get(e, "/login", func(c C) error { v.From(c).Login("ada"); return nil })
	v.Get(e, "/change", v.change)
	v.Get(e, "/guarded", v.change, v.LoginRequired(core.Guard{}))
	ada := chaintest.Get(e, "/login", nil)

	chaintest.Want(t, "nobody: page", chaintest.Get(e, "/guarded", nil).Body.String(), "sorry: Unauthorized")
	chaintest.Want(t, "nobody: it is the refusal", errors.As(errors.Join(told...), new(*adapter.Refusal)), true)
	store.Down = true
	for path, earlier := range map[string]*httptest.ResponseRecorder{"/change": nil, "/guarded": ada} {
		told = nil
		w := chaintest.Get(e, path, earlier)
		chaintest.Want(t, path+": status", w.Code, http.StatusServiceUnavailable)
		chaintest.Want(t, path+": page", w.Body.String(), "sorry: Service Unavailable")
		chaintest.Want(t, path+": errors", len(told), 1)
		chaintest.Want(t, path+": the cause is found", errors.Is(errors.Join(told...), chaintest.ErrOutage), true)
	}
}

func (v Version[C, M]) ownErrorPage(t *testing.T) {
	e := v.New(nil)
	e.Use(v.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
	v.Get(e, "/", v.change)
	w := chaintest.Get(e, "/", nil)
	chaintest.Want(t, "status", w.Code, http.StatusServiceUnavailable)
	want := `{"message":"` + adapter.ErrorText(http.StatusServiceUnavailable) + `"}`
	chaintest.Want(t, "body", strings.TrimSpace(w.Body.String()), want)
}

func limited(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "late") }

// H32: middleware that wraps the writer sends its 200 when the handler has
// returned, so an error page that comes later would be lost.
func (v Version[C, M]) wrappedWriter(t *testing.T) {
	dumped := ""
	for name, wrap := range map[string]M{
		"gzip": v.Gzip, "body dump": v.BodyDump(&dumped),
		// Those of net/http give the handler another response.
		"net/http's gzip": v.Wrap(chaintest.Gzip), "a time limit": v.Wrap(limited),
	} {
		for _, place := range []string{"outside", "inside"} {
			store := new(chaintest.Store)
			chain := []M{wrap, v.Middleware(chaintest.Manager(store))}
			if place == "inside" {
				chain[0], chain[1] = chain[1], chain[0]
			}
			e := v.New(nil)
			e.Use(chain...)
			v.Get(e, "/", v.change)
			v.Get(e, "/guarded", v.change, v.LoginRequired(core.Guard{}))

			for _, row := range []struct {
				path, accept string
				down         bool
				status       int
				body         string
			}{
				{"/", "text/html", false, http.StatusOK, "changed"},
				{"/guarded", "text/html", false, http.StatusUnauthorized, adapter.ErrorText(http.StatusUnauthorized)},
				{"/guarded", "*/*", false, http.StatusUnauthorized, adapter.ErrorText(http.StatusUnauthorized)},
				{"/", "text/html", true, http.StatusServiceUnavailable, adapter.ErrorText(http.StatusServiceUnavailable)},
				{"/", "*/*", true, http.StatusServiceUnavailable, adapter.ErrorText(http.StatusServiceUnavailable)},
			} {
				what := name + " " + place + ": " + row.path + " " + row.accept
				store.Down = row.down
				request := chaintest.Request(row.path, nil, "Accept-Encoding", "gzip")
				request.Header.Set("Accept", row.accept)
				w := httptest.NewRecorder()
				e.ServeHTTP(w, request)
				body := chaintest.Plain(t, w)
				chaintest.Want(t, what+": status", w.Code, row.status)
				chaintest.Want(t, what+": has a cookie", len(w.Result().Cookies()) > 0, row.body == "changed")
				chaintest.Want(t, what+": handler's header", w.Header().Get("X-Handler") != "", row.body == "changed")
				chaintest.Want(t, what+": body "+body, strings.Count(body, row.body), 1)
				chaintest.Want(t, what+": handler's body", strings.Contains(body, "changed"), row.body == "changed")
				if name == "body dump" && place == "outside" {
					chaintest.Want(t, what+": the dump is what the client got", dumped, body)
				}
			}
		}
	}
}

func (v Version[C, M]) outerHeaders(t *testing.T) {
	e := v.New(nil)
	e.Use(v.RequestID, v.CORS, v.Around(func(c C, next func(C) error) error {
		c.SetCookie(&http.Cookie{Name: "outer", Value: "kept"})
		return next(c)
	}), v.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
	v.Get(e, "/", func(c C) error {
		c.SetCookie(&http.Cookie{Name: "inner", Value: "dropped"})
		return v.change(c)
	})
	w := chaintest.Get(e, "/", nil, "Origin", "https://other.example", "X-Request-Id", "42")
	chaintest.Want(t, "status", w.Code, http.StatusServiceUnavailable)
	chaintest.Want(t, "request id", w.Header().Get("X-Request-Id"), "42")
	chaintest.Want(t, "CORS", w.Header().Get("Access-Control-Allow-Origin"), "*")
	chaintest.Want(t, "cookies", strings.Join(w.Header()["Set-Cookie"], "\n"), "outer=kept")
	chaintest.Want(t, "Vary", strings.Join(w.Header()["Vary"], ", "), "Origin, Cookie")
}

func (v Version[C, M]) panicAfterFailure(t *testing.T) {
	for _, first := range []string{"Write", "Flush"} {
		e := v.New(nil)
		e.Use(v.Recover, v.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
		v.Get(e, "/", func(c C) error {
			chaintest.Clicks.Set(v.From(c), 1)
			if first == "Flush" {
				v.Writer(c).WriteHeader(http.StatusOK)
				_ = http.NewResponseController(v.Writer(c)).Flush()
			} else {
				_ = c.String(http.StatusOK, "changed")
			}
			panic("as the test wants it")
		})
		w := chaintest.Get(e, "/", nil)
		chaintest.Want(t, first+": status", w.Code, http.StatusInternalServerError)
		chaintest.Want(t, first+": cookies", len(w.Result().Cookies()), 0)
		chaintest.Want(t, first+": body has the handler's", strings.Contains(w.Body.String(), "changed"), false)
	}
}

// What net/http's middleware outside would have sent before Echo's error handler
// runs. Outer middleware of Echo gets the error as well.
func (v Version[C, M]) errorPage(t *testing.T) {
	sessions := v.Middleware(chaintest.Manager(new(chaintest.Store)))
	failed := errors.New("as the test wants it")
	for what, chain := range map[string][]M{
		"net/http's gzip outside": {v.Wrap(chaintest.Gzip), sessions},
		"gzip outside":            {v.Gzip, sessions},
		"gzip inside":             {sessions, v.Gzip},
		"net/http's inside":       {sessions, v.Wrap(func(h http.Handler) http.Handler { return h })},
		"a buffer inside":         {sessions, v.Wrap(chaintest.Buffer)},
		"nothing else":            {sessions},
	} {
		var seen error
		pages := 0
		e := v.New(func(c C, _ error) {
			if !v.Committed(c) {
				pages++
				chaintest.Clicks.Set(v.From(c), 1)
				_ = c.String(http.StatusTeapot, "sorry")
			}
		})
		e.Use(v.Around(func(c C, next func(C) error) error {
			seen = next(c)
			chaintest.Want(t, what+": the page has left", v.Committed(c), true)
			return seen
		}))
		e.Use(chain...)
		v.Get(e, "/", func(C) error { return failed })
		for _, path := range []string{"/", "/missing"} {
			pages = 0
			w := chaintest.Get(e, path, nil, "Accept-Encoding", "gzip")
			chaintest.Want(t, what+path+": status", w.Code, http.StatusTeapot)
			chaintest.Want(t, what+path+": cookies", len(w.Result().Cookies()), 1)
			chaintest.Want(t, what+path+": body", chaintest.Plain(t, w), "sorry")
			chaintest.Want(t, what+path+": pages", pages, 1)
			chaintest.Want(t, what+path+": the error is the handler's", errors.Is(seen, failed), path == "/")
		}
	}
}
