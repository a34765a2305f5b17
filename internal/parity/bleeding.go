package parity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
)

// An Exchange is a request for /<user> and its response. Strings are handed on as the framework gives them, without a copy.
type Exchange interface {
	Session() *core.Session // of the innermost Manager
	Context() context.Context
	User() string
	Query(name string) string
	Text(body string)
	Stream(write func(io.Writer))
}

// Serve starts an application whose only handler, behind the Managers' middleware, is handle, until the test ends, and returns
// its address.
type Serve = func(t *testing.T, handle func(Exchange), managers ...*core.Manager) string

// KeepApart lets many users share a few connections, whose buffers fasthttp uses again; sessions take keys, values and names
// from requests as the framework hands them out; goroutines and stream writers use the sessions when their requests are over:
// nobody reads anybody else's data. H20. The long form is PARITY_REQUESTS=1000000, which means 1,000 users.
func KeepApart(t *testing.T, serve Serve) {
	requests := number(t, "PARITY_REQUESTS", 20000)
	part := requests / 4 // of each adapter
	b := &building{lingering: make(chan chan struct{}, lingerers)}
	m, err := core.New(memstore.New(), secret, &core.Options{
		Cookie: core.Cookie{InsecureCookie: true},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.fill(serve(t, b.handle, m), max(50, requests/1000), part)
	b.clear()
	if n := b.bled.Load(); n > 0 {
		t.Errorf("%d of %d requests met another user's data, the first so: %v", n, part, b.first.Load())
	}
	if err := b.err.Load(); err != nil {
		t.Errorf("a request failed: %v", err)
	}
}

// workers is more than the connections, so that users follow each other on them; lingerers is more than workers.
const (
	connections = 6
	workers     = 12
	lingerers   = 40
)

// A building is where the users of one adapter are.
type building struct {
	lingering chan chan struct{} // goroutines that outlive their handlers
	all       sync.WaitGroup

	bled  atomic.Int64
	first atomic.Value // string
	err   atomic.Value // error
}

// handle is the handler in all frameworks.
func (b *building) handle(x Exchange) {
	s := x.Session()
	switch found := s.User(); found {
	case "":
		s.Login(x.User())
	case x.User():
	default:
		b.report("the request of %q finds the session of %q", strings.Clone(x.User()), found)
	}
	s.Set(x.Query("key"), x.Query("value"))
	switch x.Query("do") {
	case "linger":
		b.linger(s, strings.Clone(x.User()))
		x.Text(describe(s))
	case "stream":
		x.Stream(func(w io.Writer) { _, _ = io.WriteString(w, describe(s)) })
	default:
		x.Text(describe(s))
	}
}

// linger looks at the session again when many other requests have come and gone.
func (b *building) linger(s *core.Session, user string) {
	over := make(chan struct{})
	b.all.Go(func() {
		<-over
		b.check("a goroutine", describe(s), user)
		s.Set(user+"-late", user+"-late")
		if err := s.Save(context.Background()); err != nil {
			b.err.CompareAndSwap(nil, err)
		}
	})
	for {
		select {
		case b.lingering <- over:
			return
		default:
			close(<-b.lingering)
		}
	}
}

// clear lets the last goroutines go.
func (b *building) clear() {
	close(b.lingering)
	for over := range b.lingering {
		close(over)
	}
	b.all.Wait()
}

// describe tells everything that a session holds: its user, then keys and values.
func describe(s *core.Session) string {
	text := s.User()
	for _, key := range s.Keys() {
		text += fmt.Sprintf(" %s=%v", key, s.Get(key))
	}
	return text
}

// check compares what a session holds with the user it should belong to.
func (b *building) check(who, text, user string) {
	fields := strings.Fields(text)
	fine := len(fields) > 1 && fields[0] == user
	for _, field := range fields[min(1, len(fields)):] {
		key, value, _ := strings.Cut(field, "=")
		fine = fine && strings.HasPrefix(key, user+"-") && strings.HasPrefix(value, user+"-")
	}
	if !fine {
		b.report("%s of %q reads %q", who, user, text)
	}
}

func (b *building) report(format string, args ...any) {
	if b.bled.Add(1) == 1 {
		b.first.Store(fmt.Sprintf(format, args...))
	}
}

// fill sends the users' requests. Each user belongs to one worker, so that nobody is in two places at once.
func (b *building) fill(address string, users, requests int) {
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			r := rand.New(rand.NewPCG(20, uint64(w)))
			cookies := map[string]string{}
			for i := w; i < requests; i += workers {
				user := fmt.Sprintf("user%04d", r.IntN((users-w+workers-1)/workers)*workers+w)
				value := fmt.Sprintf("%s-%d", user, i)
				path := fmt.Sprintf("/%s?key=%s-%d&value=%s&do=%s", user, user, r.IntN(4), value, whims[r.IntN(len(whims))])
				text, err := Get(client, address+path, user, cookies)
				if err != nil {
					b.err.CompareAndSwap(nil, err)
					return
				}
				b.check("a request", text, user)
				if !strings.Contains(text+" ", "="+value+" ") {
					b.report("%q wrote %q and reads %q", user, value, text)
				}
			}
		})
	}
	all.Wait()
}

var whims = []string{"read", "linger", "stream"}

// Get sends one request with the user's cookie and keeps a new one.
func Get(client *http.Client, url, user string, cookies map[string]string) (string, error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	if cookies[user] != "" {
		r.Header.Set("Cookie", cookies[user])
	}
	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("%s: %s", url, answer.Status))
	}
	for _, c := range answer.Cookies() {
		cookies[user] = c.Name + "=" + c.Value
	}
	return string(text), err
}
