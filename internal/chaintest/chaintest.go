// Package chaintest is what the adapters' tests of whole middleware chains share.
package chaintest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

// Clicks is a key for handlers.
const Clicks core.Key[int] = "clicks"

// ErrOutage is what a [Store] says that is down. No client may read it.
var ErrOutage = errors.New("outage at db-7.internal")

// A Store can be down.
type Store struct {
	memstore.Store
	Down bool
}

// Create fails while the store is down.
func (s *Store) Create(ctx context.Context, id store.ID, d store.Delta) error {
	if s.Down {
		return ErrOutage
	}
	return s.Store.Create(ctx, id, d)
}

// Load fails while the store is down.
func (s *Store) Load(ctx context.Context, id store.ID) (*store.Record, error) {
	if s.Down {
		return nil, ErrOutage
	}
	return s.Store.Load(ctx, id)
}

// Manager returns a Manager on the store that logs nothing.
func Manager(keep store.Store) *core.Manager {
	m, err := core.New(keep, bytes.Repeat([]byte("s"), 32), &core.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	return m
}

// Request returns a person's GET with cookies that an earlier response set; header is names and values in turn.
func Request(path string, cookies []*http.Cookie, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// Get sends a request with the cookies of an earlier response, if any.
func Get(h http.Handler, path string, earlier *httptest.ResponseRecorder, header ...string) *httptest.ResponseRecorder {
	var cookies []*http.Cookie
	if earlier != nil {
		cookies = earlier.Result().Cookies()
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, Request(path, cookies, header...))
	return w
}

// Visit is [Get] for examples: with the cookies of all earlier responses.
func Visit(h http.Handler, path string, earlier ...*http.Response) *http.Response {
	var cookies []*http.Cookie
	for _, response := range earlier {
		cookies = append(cookies, response.Cookies()...)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, Request(path, cookies))
	return w.Result()
}

// WithoutMiddleware tests that the adapter's From says what to do. from calls it for a request without a session.
func WithoutMiddleware(t *testing.T, adapter string, from func()) {
	t.Helper()
	defer func() {
		t.Helper()
		remedy := "session: no session in this request: add " + adapter + ".Middleware(sessions) before this handler"
		Want(t, "panic", recover(), any(remedy))
	}()
	from()
}

// Want compares what the test got with what it wanted.
func Want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}
