package redisstore_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A deed is something that a handler does.
type deed struct {
	name string
	do   func(s *core.Session)
}

// begin begins a request with these Cookie headers.
func begin(t *testing.T, m *core.Manager, cookie []string) (*core.Session, adapter.Exchange) {
	t.Helper()
	r := &http.Request{Method: http.MethodGet, Header: http.Header{"Cookie": cookie}}
	x, err := m.Begin(t.Context(), adapter.NewRequest(r))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := core.FromContext(x.Context(t.Context()))
	return s, x
}

// H30, on a real server behind a proxy that drops replies: what the response says
// is so, as if no reply had been lost. Package core has the same with a store in
// memory, with more kinds of faults.
func TestWhatFollowsALostReply(t *testing.T) {
	nobody := deed{name: "a stranger"}
	guest := deed{"a guest", func(s *core.Session) { s.Set("cart", "book") }}
	ada := deed{"ada", func(s *core.Session) { s.Login("ada"); s.Set("diary", "private") }}
	login := func(user string) deed {
		return deed{"Login " + user, func(s *core.Session) { s.Login(user) }}
	}
	setA := deed{"Set a", func(s *core.Session) { s.Set("a", 1) }}
	logout := deed{"Logout and Set b", func(s *core.Session) { s.Logout(); s.Set("b", 2) }}
	nexts := []deed{
		{"nothing", func(*core.Session) {}},
		{"Set b", func(s *core.Session) { s.Set("b", 2) }},
		{"Delete a", func(s *core.Session) { s.Delete("a") }},
		{"Clear", func(s *core.Session) { s.Clear() }},
		{"Renew", func(s *core.Session) { s.Renew() }},
		login("ada"), login("guest"), logout,
	}
	for i, visit := range []struct{ visitor, first deed }{
		{nobody, setA}, {nobody, login("admin")}, {guest, setA}, {guest, login("ada")}, {ada, login("bob")}, {ada, logout},
	} {
		for j, next := range nexts {
			whole := playVisit(t, visit.visitor, visit.first, next, 0)
			playVisit(t, visit.visitor, visit.first, next, 0) // the server knows the scripts now
			for _, lost := range []int{1, -1} {
				if lost < 0 && (i+j)%4 != 0 {
					continue // each takes a second, until the breaker closes
				}
				if got := playVisit(t, visit.visitor, visit.first, next, lost); got != whole {
					t.Errorf("%s: %s; Save, %d replies lost; %s: ends as %q, want %q",
						visit.visitor.name, visit.first.name, lost, next.name, got, whole)
				}
			}
		}
	}
}

var visits struct {
	server *redistest.Server
	wire   *wire
	store  *redisstore.Store
	nobody store.ID
	m      *core.Manager
}

// playVisit returns who the visitor is after a request whose first Save loses so
// many replies (-1: all), what their session holds, and whether the former cookie
// is dead.
func playVisit(t *testing.T, visitor, first, next deed, lost int) (end string) {
	t.Helper()
	// A breaker that opens late makes the response an error, which says nothing here.
	eventually(t, "a visit without an open breaker", func() bool {
		var err error
		end, err = tryVisit(t, visitor, first, next, lost)
		if err != nil && !errors.Is(err, store.ErrNotDone) {
			t.Errorf("%s, %s, %d replies lost, %s: %v", visitor.name, first.name, lost, next.name, err)
		}
		return err == nil
	})
	return end
}

func tryVisit(t *testing.T, visitor, first, next deed, lost int) (end string, failure error) {
	t.Helper()
	if visits.server == nil {
		visits.server = redistest.Start(t)
		visits.wire = newWire(t, visits.server.Addr())
		s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(visits.wire.url() + "?pool_size=2")})
		m, err := core.New(s, []byte(strings.Repeat("s", 32)), nil)
		if err != nil {
			t.Fatal(err)
		}
		visits.m, visits.store, visits.nobody = m, s, newID(t, s)
		t.Cleanup(func() { visits.server = nil })
	}
	m, w := visits.m, visits.wire
	var cookie []string
	request := func(handler func(s *core.Session)) {
		s, x := begin(t, m, cookie)
		handler(s)
		h, err := x.Commit()
		failure = errors.Join(failure, err)
		for _, line := range h.SetCookie {
			pair, _, _ := strings.Cut(line, ";")
			cookie = []string{pair}
		}
	}
	w.dropReplies(0)
	if visitor.do != nil {
		request(visitor.do)
	}
	former := cookie
	request(func(s *core.Session) {
		first.do(s) // reads, if it must
		w.dropReplies(lost)
		if err := s.Save(t.Context()); (err == nil) != (lost >= 0) {
			t.Errorf("%s, %s: with %d replies lost Save returns %v", visitor.name, first.name, lost, err)
		}
		w.dropReplies(0)
		eventually(t, "the breaker closes and new sessions are taken", func() bool {
			_, err := visits.store.Load(t.Context(), visits.nobody)
			return errors.Is(err, store.ErrNotFound) && visits.store.Ping(t.Context()) == nil
		})
		next.do(s)
	})
	s := m.Start(t.Context(), cookie...)
	end = fmt.Sprintf("user %q", s.User())
	for _, key := range s.Keys() {
		end += fmt.Sprintf(" %s=%v", key, s.Get(key))
	}
	if former != nil {
		end += fmt.Sprintf(", with the former cookie %q", m.Start(t.Context(), former...).User())
	}
	return end, failure
}
