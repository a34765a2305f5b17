package parity

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
)

// secret signs the tokens of all tests here.
var secret = bytes.Repeat([]byte("parity.."), 4)

// A court hears all parties on one request after the other. It is for one goroutine.
type court struct {
	form    form
	manager *core.Manager
	parties []Party
	askers  []Asker // of the parties

	id      string   // of the session that the handler of the last party found
	reasons []string // of the events of the last party

	verdicts []verdict      // of the last request, by party
	seen     map[string]int // how often the parties agreed on each class
	refused  int            // requests that fasthttp did not take
}

// A Party is one way from the bytes of a request to a verdict. New makes an
// application whose only handler, of GET /, calls use.
type Party struct {
	Name string
	New  func(m *core.Manager, use func(*core.Session)) Asker
}

// An Asker sends a request. It returns the Set-Cookie lines of the response, and
// whether the request reached the adapter at all.
type Asker func(Request) (cookies []string, reached bool)

// A Request is the same request for each party.
type Request struct {
	Raw   []byte        // the head
	Read  *http.Request // as net/http sees it
	lines []string      // values of the Cookie headers
}

// Served is the party of an application that is a handler of net/http.
func Served(name string, app func(m *core.Manager, use func(*core.Session)) http.Handler) Party {
	return Party{name, func(m *core.Manager, use func(*core.Session)) Asker {
		h := app(m, use)
		return func(r Request) ([]string, bool) {
			w := answer{http.Header{}}
			h.ServeHTTP(w, r.Read)
			return w.header["Set-Cookie"], true
		}
	}}
}

func newCourt(t testing.TB, f form, parties []Party) *court {
	c := &court{form: f, seen: map[string]int{}}
	m, err := core.New(namesake{}, secret, &core.Options{
		Cookie: f.cookie,
		Logger: slog.New(slog.DiscardHandler),
		OnEvent: func(_ context.Context, e core.Event) {
			if e.Kind == core.EventRejected {
				c.reasons = append(c.reasons, e.Reason)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.manager = m
	c.parties = append([]Party{{"core", newCore}}, parties...)
	for _, p := range c.parties {
		c.askers = append(c.askers, p.New(m, c.use))
	}
	return c
}

// agree hears all parties and reports whether they say the same, and nothing that is never right.
func (c *court) agree(lines []string) bool {
	r := newRequest(lines)
	c.verdicts = c.verdicts[:0]
	for i, ask := range c.askers {
		c.id, c.reasons = "", c.reasons[:0]
		cookies, reached := ask(r)
		v := verdict{c.id, strings.Join(c.reasons, " and "), strings.Join(cookies, "\n")}
		if !reached {
			v = c.verdicts[0]
			if i == len(c.parties)-1 {
				c.refused++
			}
		}
		c.verdicts = append(c.verdicts, v)
	}
	c.seen[c.verdicts[0].class()]++
	for _, v := range c.verdicts {
		if v != c.verdicts[0] || !v.rules() {
			return false
		}
	}
	return true
}

// String tells the verdicts of the last request.
func (c *court) String() string {
	var text strings.Builder
	for i, v := range c.verdicts {
		fmt.Fprintf(&text, "%-25s %v\n", c.parties[i].Name, v)
	}
	return text.String()
}

func newRequest(lines []string) Request {
	r := Request{Raw: []byte("GET / HTTP/1.1\r\nHost: app.example\r\n")}
	for _, line := range lines {
		r.Raw = append(append(append(r.Raw, "Cookie: "...), line...), "\r\n"...)
		// RFC 9112, section 5.2: a fold counts as a space.
		r.lines = append(r.lines, strings.ReplaceAll(line, fold, " "))
	}
	r.Raw = append(r.Raw, "Accept: */*\r\n\r\n"...)
	var err error
	if r.Read, err = http.ReadRequest(bufio.NewReader(bytes.NewReader(r.Raw))); err != nil {
		r.Read, _ = http.NewRequest(http.MethodGet, "http://app.example/", nil)
		r.Read.Header["Cookie"] = r.lines
	}
	return r
}

func newCore(m *core.Manager, use func(*core.Session)) Asker {
	return func(r Request) ([]string, bool) {
		ctx := context.Background()
		head := &http.Request{Method: http.MethodGet, Header: http.Header{"Cookie": r.lines}}
		x, err := m.Begin(ctx, adapter.NewRequest(head))
		if err != nil {
			return nil, false
		}
		s, _ := core.FromContext(x.Context(ctx))
		use(s)
		h, err := x.Commit()
		return h.SetCookie, err == nil
	}
}

// answer is a response whose headers are all that counts.
type answer struct{ header http.Header }

func (a answer) Header() http.Header         { return a.header }
func (a answer) Write(p []byte) (int, error) { return len(p), nil }
func (a answer) WriteHeader(int)             {}

// namesake is a store where every id has a session, whose user is the id.
type namesake struct{ store.Store }

func (namesake) Load(_ context.Context, id store.ID) (*store.Record, error) {
	now := time.Now()
	return &store.Record{
		Login: store.Login{User: id.Place + id.Fingerprint},
		Now:   now, Deadline: now.Add(time.Hour), Idle: time.Hour, Left: time.Hour,
	}, nil
}

func (namesake) Destroy(context.Context, store.ID, time.Duration) (string, error) {
	return "", nil
}
