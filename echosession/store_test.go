package echosession_test

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
)

const clicks core.Key[int] = "clicks"

// errOutage is what a store says that is down. No client may read it.
var errOutage = errors.New("outage at db-7.internal")

// A breakable is a store that can be down.
type breakable struct {
	memstore.Store
	down bool
}

func (s *breakable) Create(ctx context.Context, id core.ID, nonce string, d core.Delta) error {
	if s.down {
		return errOutage
	}
	return s.Store.Create(ctx, id, nonce, d)
}

func (s *breakable) Load(ctx context.Context, id core.ID) (*core.Record, error) {
	if s.down {
		return nil, errOutage
	}
	return s.Store.Load(ctx, id)
}

func manager(t *testing.T, store core.Store) *core.Manager {
	t.Helper()
	m, err := core.New(store, bytes.Repeat([]byte("s"), 32), &core.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// get sends a request with the cookies of an earlier response, if any; header is names and values in turn.
func get(h http.Handler, path string, earlier *httptest.ResponseRecorder, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if earlier != nil {
		for _, c := range earlier.Result().Cookies() {
			r.AddCookie(c)
		}
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}
