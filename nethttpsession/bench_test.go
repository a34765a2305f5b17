package nethttpsession_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

// BenchmarkRequest measures what the middleware adds to a request, over a store in memory.
func BenchmarkRequest(b *testing.B) {
	sessions, err := core.New(memstore.New(), bytes.Repeat([]byte("s"), 32), &core.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	h := func(do func(s *core.Session)) http.Handler {
		return nethttpsession.Middleware(sessions)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			do(nethttpsession.From(r))
			w.WriteHeader(http.StatusNoContent)
		}))
	}
	read := func(s *core.Session) { visits.Get(s) }
	write := func(s *core.Session) { const seen core.Key[int] = "seen"; n, _ := seen.Get(s); seen.Set(s, n+1) }
	for _, test := range []struct {
		name   string
		app    http.Handler
		cookie bool
		forged bool
	}{
		{"without middleware", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), false, false},
		{"no cookie, left alone", h(func(*core.Session) {}), false, false},
		{"good cookie, left alone", h(func(*core.Session) {}), true, false},
		{"forged cookie, read", h(read), true, true},
		{"good cookie, read", h(read), true, false},
		{"good cookie, read and write", h(write), true, false},
	} {
		b.Run(test.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if test.cookie {
				pair, _, _ := strings.Cut(ask(h(write), "/").Header.Get("Set-Cookie"), ";")
				if test.forged {
					pair = pair[:len(pair)-1] + "!"
				}
				r.Header.Set("Cookie", pair)
			}
			b.ReportAllocs()
			for b.Loop() {
				test.app.ServeHTTP(nowhere{}, r)
			}
		})
	}
}

// nowhere is a ResponseWriter that costs nothing.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}
