package redisstore_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
	"github.com/ringsession/ringsession/nethttpsession"
)

// BenchmarkRequest is a whole request in this process, to a handler of net/http and a real server, on either way to it.
func BenchmarkRequest(b *testing.B) {
	server := redistest.Start(b)
	for _, plain := range []bool{false, true} {
		s := openWith(b, redisstore.Options{PlainPool: plain}, redisstore.Shard{Name: "a", URL: server.URL()})
		m, err := core.New(s, []byte(strings.Repeat("s", 32)), nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, callers := range []int{1, 64} {
			for _, test := range []struct {
				name string
				do   func(*core.Session)
			}{
				{"untouched", func(*core.Session) {}},
				{"read", func(s *core.Session) {
					for _, key := range [...]core.Key[string]{"theme", "cart", "city", "note"} {
						if v, ok := key.Get(s); !ok || v == "" {
							panic("no " + string(key))
						}
					}
				}},
				{"write", func(s *core.Session) {
					const visits core.Key[int] = "visits"
					n, _ := visits.Get(s)
					visits.Set(s, n+1)
				}},
				{"blind write", func(s *core.Session) { s.Set("visits", 1) }},
				{"login", func(s *core.Session) { s.Login("ada") }},
			} {
				b.Run(fmt.Sprintf("%s/plain=%v/callers=%d", test.name, plain, callers), func(b *testing.B) {
					app := nethttpsession.Middleware(m)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						test.do(nethttpsession.From(r))
					}))
					serve(b, app, m, callers, test.name == "login")
				})
			}
		}
	}
}

// serve sends b.N requests, each caller with a session of its own.
func serve(b *testing.B, app http.Handler, m *core.Manager, callers int, anonymous bool) {
	seed := nethttpsession.Middleware(m)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		for _, key := range []string{"theme", "cart", "city", "note"} {
			s.Set(key, strings.Repeat("x", 60))
		}
		s.Set("visits", 1)
		s.Login("ada")
	}))
	b.ReportAllocs()
	b.SetParallelism(max(callers/2, 1))
	var failed atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		seed.ServeHTTP(w, r)
		if cookies := w.Result().Cookies(); len(cookies) == 1 && !anonymous {
			r.AddCookie(cookies[0])
		}
		out := &blank{header: make(http.Header)}
		for pb.Next() {
			clear(out.header)
			out.status = http.StatusOK
			app.ServeHTTP(out, r)
			if out.status != http.StatusOK {
				failed.Add(1)
			}
		}
	})
	if failed.Load() > 0 {
		b.Fatalf("%d requests failed", failed.Load())
	}
}

// blank is a ResponseWriter that costs nothing.
type blank struct {
	header http.Header
	status int
}

func (w *blank) Header() http.Header         { return w.header }
func (w *blank) Write(p []byte) (int, error) { return len(p), nil }
func (w *blank) WriteHeader(status int)      { w.status = status }
