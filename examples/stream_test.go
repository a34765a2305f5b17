package examples_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A stream is server-sent events.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
}

// stream opens the stream. Its client leaves it open: the server has to end it, when it is shut down.
func (v *visitor) stream(address string) *stream {
	v.t.Helper()
	client := *v.client
	client.Timeout = time.Minute
	response, err := client.Get(address)
	if err != nil {
		v.t.Fatal(err)
	}
	if got := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || got != "text/event-stream" {
		v.t.Fatalf("the stream has status %d and type %q", response.StatusCode, got)
	}
	return &stream{v.t, bufio.NewScanner(response.Body)}
}

// until reads on to a line that has the part.
func (s *stream) until(part string) {
	s.t.Helper()
	last := ""
	for s.lines.Scan() {
		if last = s.lines.Text(); strings.Contains(last, part) {
			return
		}
	}
	s.t.Fatalf("the stream ended (%v) before it told %q; its last line was %q", s.lines.Err(), part, last)
}

// end reads on to the end.
func (s *stream) end() {
	s.t.Helper()
	for s.lines.Scan() {
	}
	if err := s.lines.Err(); err != nil {
		s.t.Fatalf("the stream did not end: %v", err)
	}
}

func TestAStream(t *testing.T) {
	for _, p := range programs {
		quick := program{p.name, func(s *site.Site) site.Server {
			s.Interval = 200 * time.Millisecond
			return p.newServer(s)
		}}
		t.Run(p.name, func(t *testing.T) {
			for _, tt := range []struct {
				sentence string
				watch    func(t *testing.T, base string, server *redistest.Server)
			}{
				{"tells what other requests changed", tellChanges},
				{"ends with the session", endWithTheSession},
				{"ends when the session has a new id", endWithTheID},
				{"keeps no session alive", keepNothingAlive},
				{"outlasts an outage", outlastAnOutage},
			} {
				t.Run(tt.sentence, func(t *testing.T) {
					t.Parallel()
					server := redistest.Start(t)
					tt.watch(t, serve(t, quick, site.Config{
						Redis: server.URL() + "?name=a", Secret: secret, WatchInterval: 100 * time.Millisecond,
					}), server)
				})
			}
		})
	}
}

func tellChanges(t *testing.T, base string, _ *redistest.Server) {
	v := newVisitor(t)
	v.want(v.get(base+"/events"), http.StatusUnauthorized)
	v.signIn(base, "ada")
	s := v.stream(base + "/events")
	s.until(`data: {"user":"ada","visits":0,`)
	v.home(base)
	s.until(`data: {"user":"ada","visits":1,`)
}

func endWithTheSession(t *testing.T, base string, _ *redistest.Server) {
	v := newVisitor(t)
	v.signIn(base, "ada")
	s := v.stream(base + "/events")
	s.until(`"ada"`)
	v.want(v.ask(http.MethodPost, base+"/logout", nil), http.StatusSeeOther)
	s.end()
	v.want(v.get(base+"/events"), http.StatusUnauthorized)
}

func endWithTheID(t *testing.T, base string, _ *redistest.Server) {
	v := newVisitor(t)
	v.signIn(base, "ada")
	s := v.stream(base + "/events")
	s.until(`"ada"`)
	v.signIn(base, "bob")
	s.end()
	v.stream(base + "/events").until(`"bob"`)
}

func keepNothingAlive(t *testing.T, base string, server *redistest.Server) {
	const idle = 30 * time.Minute
	v := newVisitor(t)
	v.signIn(base, "ada")
	s := v.stream(base + "/events")
	server.Advance(t, idle-time.Minute)
	for range 3 {
		s.until(`"ada"`)
	}
	server.Advance(t, time.Minute)
	s.end()
}

func outlastAnOutage(t *testing.T, base string, server *redistest.Server) {
	v := newVisitor(t)
	v.signIn(base, "ada")
	s := v.stream(base + "/events")
	s.until(`"ada"`)
	server.Kill()
	for range 3 {
		s.until(`data: {"user":"ada"`)
	}
	server.Restart() // without the session
	s.end()
}
