package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

// devices logs the user in from browsers of their own, in this order, a minute
// apart.
func devices(b *browser, user string, names ...string) []*browser {
	all := make([]*browser, len(names))
	for i, name := range names {
		all[i] = b.another()
		all[i].request(func(s *core.Session) { s.LoginWith(core.Login{User: user, Device: name}) })
		b.store.Advance(time.Minute)
	}
	return all
}

// alive returns the devices of the user that are signed in.
func alive(b *browser, user string) string {
	var names []string
	for _, u := range b.list(user) {
		names = append(names, u.Device)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestTheSessionsOfAUser(t *testing.T) {
	b := newBrowser(t, nil)
	all := devices(b, "ada", "a", "b", "c")
	devices(b, "bob", "d")
	b.request(func(s *core.Session) { s.Set("k", 1) })
	const theme core.Key[string] = "theme"
	const count core.Key[int] = "count"
	all[1].request(func(s *core.Session) { theme.Set(s, "dark"); s.Set("hidden", 1) })
	list, err := b.m.Of(t.Context(), "ada", "theme", "count")
	if err != nil || len(list) != 3 {
		t.Fatalf("%d sessions, error %v", len(list), err)
	}
	all[1].request(func(s *core.Session) {
		for i, want := range []string{"c", "b", "a"} { // the latest deadline first
			u := list[i]
			if u.Device != want || u.Current(s) != (want == "b") || u.Shard != "" || u.Locked || u.Remembered ||
				u.External != (core.External{}) || u.Place == "" {
				t.Errorf("session %d is %+v, want that of %s", i, u, want)
			}
			value, ok := theme.In(u)
			if ok != (want == "b") || ok && value != "dark" {
				t.Errorf("%s has the theme %q, %v", want, value, ok)
			}
			if n, ok := count.In(u); ok {
				t.Errorf("%s has a count, %d", want, n)
			}
			if s, ok := core.Key[string]("hidden").In(u); ok {
				t.Errorf("%s has %q, which nobody asked for", want, s)
			}
		}
		if list[1].LoggedIn != s.LoggedIn() || list[1].Created != s.Created() || list[1].Deadline != s.Deadline() {
			t.Errorf("the list has %+v, the session %v, %v, %v", list[1], s.LoggedIn(), s.Created(), s.Deadline())
		}
		if used := list[1].LastUsed.Sub(list[1].LoggedIn).Round(time.Minute); used != 3*time.Minute {
			t.Errorf("used %v after the login, want 3 minutes", used)
		}
		if n, ok := core.Key[int]("theme").In(list[1]); ok {
			t.Errorf("a text is read as the number %d", n)
		}
	})
	b.request(func(s *core.Session) {
		if list[0].Current(s) || (core.UserSession{}).Current(b.another().start()) && list[0].Place == "" {
			t.Error("the session of a guest is the current one of ada")
		}
	})
	if list, err := b.m.Of(t.Context(), "nobody"); len(list) != 0 || err != nil {
		t.Errorf("nobody has %v, error %v", list, err)
	}
}

// Each way to end sessions: which end, what the caller is told, and who did it in
// the event.
func TestEndingSessions(t *testing.T) {
	place := func(b *browser, device string) string {
		for _, user := range []string{"ada", "bob"} {
			for _, u := range b.list(user) {
				if u.Device == device {
					return u.Place
				}
			}
		}
		return "nowhere"
	}
	root := func(b *browser) context.Context { // an administrator's request
		s := b.another()
		s.request(func(s *core.Session) { s.Login("root") })
		return core.NewContext(t.Context(), s.start())
	}
	for _, test := range []struct {
		name  string
		do    func(b *browser, a *browser) (int, error)
		n     int
		alive string // of ada; bob has d
		event core.Event
		fails string
	}{
		{"one", func(b, _ *browser) (int, error) { return b.m.End(t.Context(), "ada", place(b, "b")) },
			1, "a c", core.Event{User: "ada", Reason: "one", Count: 1, Place: "b"}, ""},
		{"one, by an administrator", func(b, _ *browser) (int, error) { return b.m.End(root(b), "ada", place(b, "b")) },
			1, "a c", core.Event{User: "ada", Reason: "one", Count: 1, Place: "b", By: "root"}, ""},
		{"another's", func(b, _ *browser) (int, error) { return b.m.End(t.Context(), "ada", place(b, "d")) },
			0, "a b c", core.Event{User: "ada", Reason: "one", Place: "d"}, ""},
		{"the same twice", func(b, _ *browser) (int, error) {
			p := place(b, "b")
			if n, err := b.m.End(t.Context(), "ada", p); n != 1 || err != nil {
				return n, err
			}
			b.events = nil
			return b.m.End(t.Context(), "ada", p)
		}, 0, "a c", core.Event{User: "ada", Reason: "one", Place: "b"}, ""},
		{"no place", func(b, _ *browser) (int, error) { return b.m.End(t.Context(), "ada", "") },
			0, "a b c", core.Event{}, "session: end: the place is empty"},
		{"nobody's", func(b, _ *browser) (int, error) { return b.m.End(t.Context(), "", "0123456789ab") },
			0, "a b c", core.Event{}, "session: end: the user is empty"},
		{"the others", func(_, a *browser) (int, error) { return a.start().EndOthers(t.Context()) },
			2, "a", core.Event{User: "ada", Reason: "others", Count: 2, By: "ada"}, ""},
		{"the others, in the request of a login", func(b, _ *browser) (n int, err error) {
			b.another().request(func(s *core.Session) {
				s.LoginWith(core.Login{User: "ada", Device: "new"})
				n, err = s.EndOthers(t.Context())
			})
			return n, err
		}, 3, "new", core.Event{User: "ada", Reason: "others", Count: 3, By: "ada"}, ""},
		{"the others, after a renewal", func(_, a *browser) (n int, err error) {
			a.request(func(s *core.Session) {
				s.Confirm(2)
				if err = s.Save(t.Context()); err == nil {
					n, err = s.EndOthers(t.Context())
				}
			})
			return n, err
		}, 2, "a", core.Event{User: "ada", Reason: "others", Count: 2, By: "ada"}, ""},
		{"the others of a guest", func(b, _ *browser) (int, error) { return b.start().EndOthers(t.Context()) },
			0, "a b c", core.Event{}, "session: end: nobody is logged in"},
		{"all", func(b, _ *browser) (int, error) { return b.m.EndAll(t.Context(), "ada") },
			3, "", core.Event{User: "ada", Reason: "all", Count: 3}, ""},
		{"all, by themselves", func(b, a *browser) (int, error) {
			return b.m.EndAll(core.NewContext(t.Context(), a.start()), "ada")
		}, 3, "", core.Event{User: "ada", Reason: "all", Count: 3, By: "ada"}, ""},
		{"all of nobody", func(b, _ *browser) (int, error) { return b.m.EndAll(t.Context(), "") },
			0, "a b c", core.Event{}, "session: end: the user is empty"},
		{"all of a stranger", func(b, _ *browser) (int, error) { return b.m.EndAll(t.Context(), "eve") },
			0, "a b c", core.Event{User: "eve", Reason: "all"}, ""},
		{"a client that went away", func(b, _ *browser) (int, error) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return b.m.EndAll(ctx, "ada")
		}, 3, "", core.Event{User: "ada", Reason: "all", Count: 3}, ""},
		{"an identity provider's", func(b, _ *browser) (int, error) {
			out := core.External{Issuer: "https://id.example", ID: "42"}
			b.another().request(func(s *core.Session) {
				s.LoginWith(core.Login{User: "ada", Device: "e", External: out})
			})
			return b.m.EndExternal(t.Context(), out)
		}, 1, "a b c", core.Event{Reason: "external", Count: 1}, ""},
		{"an identity provider's other", func(b, _ *browser) (int, error) {
			b.another().request(func(s *core.Session) {
				s.LoginWith(core.Login{User: "ada", Device: "e", External: core.External{Issuer: "https://id.example", ID: "42"}})
			})
			return b.m.EndExternal(t.Context(), core.External{Issuer: "https://other.example", ID: "42"})
		}, 0, "a b c e", core.Event{Reason: "external"}, ""},
		{"an identity provider's nothing", func(b, _ *browser) (int, error) {
			return b.m.EndExternal(t.Context(), core.External{})
		}, 0, "a b c", core.Event{}, "session: end: the external login is empty"},
		{"an identity provider's half", func(b, _ *browser) (int, error) {
			return b.m.EndExternal(t.Context(), core.External{ID: "42"})
		}, 0, "a b c", core.Event{}, `session: end: the external login {"" "42"} lacks an issuer or an id`},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBrowser(t, nil)
			all := devices(b, "ada", "a", "b", "c")
			devices(b, "bob", "d")
			kept, slow := all[1].cookie, all[1].start()
			slow.User()
			places := map[string]string{place(b, "b"): "b", place(b, "d"): "d"}
			b.events = nil
			n, err := test.do(b, all[0])
			if n != test.n || (err == nil) != (test.fails == "") || err != nil && err.Error() != test.fails {
				t.Errorf("%d ended, error %v; want %d, %q", n, err, test.n, test.fails)
			}
			if got := alive(b, "ada"); got != test.alive || alive(b, "bob") != "d" {
				t.Errorf("alive are %q and %q, want %q and d", got, alive(b, "bob"), test.alive)
			}
			ended := slices.DeleteFunc(b.events, func(e core.Event) bool { return e.Kind != core.EventEnded })
			for i := range ended {
				ended[i].Place = places[ended[i].Place]
			}
			test.event.Kind = core.EventEnded
			switch {
			case test.fails != "" && len(ended) > 0, test.fails == "" && len(ended) != 1:
				t.Errorf("events %+v", ended)
			case len(ended) == 1 && ended[0] != test.event:
				t.Errorf("event %+v, want %+v", ended[0], test.event)
			}
			// R24: no request reads or saves what has ended.
			gone := !strings.Contains(test.alive, "b")
			if b.cookie = kept; (b.start().User() == "") != gone {
				t.Errorf("the cookie of b reads as %q", b.start().User())
			}
			slow.Set("k", 1)
			if err := slow.Save(t.Context()); errors.Is(err, core.ErrGone) != gone {
				t.Errorf("a save of b: %v", err)
			}
		})
	}
}

func TestEndAllReportsItsProgress(t *testing.T) {
	b := newBrowser(t, nil)
	devices(b, "ada", "a", "b")
	var told []int
	note := func(n int) { told = append(told, n) }
	n, err := b.m.EndAll(t.Context(), "ada", note, note)
	if n != 2 || err != nil || !slices.Equal(told, []int{2, 2}) {
		t.Errorf("%d ended, error %v, told %v", n, err, told)
	}
}

func TestTheSessionsOfAUserInPages(t *testing.T) {
	b := newBrowser(t, nil)
	for range 600 {
		b.another().request(func(s *core.Session) { s.Login("ada") })
	}
	places := map[string]bool{}
	sizes := ""
	for page, err := range b.m.Pages(t.Context(), "ada") {
		if err != nil {
			t.Fatal(err)
		}
		sizes += fmt.Sprint(len(page), " ")
		for _, u := range page {
			places[u.Place] = true
		}
	}
	if len(places) != 600 || sizes != "250 250 100 " {
		t.Errorf("pages of %s sessions, %d different ones", sizes, len(places))
	}
	for range b.m.Pages(t.Context(), "ada") {
		break
	}
	if list := b.list("ada"); len(list) != 600 {
		t.Errorf("Of returns %d sessions", len(list))
	}
}

// A flawedIndex fails as a store of several servers may.
type flawedIndex struct {
	*spy
	listErr, endErr error
}

func (f *flawedIndex) List(ctx context.Context, of store.Owner, q store.Query) (store.Page, error) {
	page, err := f.spy.List(ctx, of, q)
	return page, errors.Join(err, f.listErr)
}

func (f *flawedIndex) End(ctx context.Context, of store.Owner, e store.Ending) (int, error) {
	if e.Orders <= 0 {
		return 0, errors.New("no orders are left for servers that do not answer")
	}
	n, err := f.spy.End(ctx, of, e)
	return n, errors.Join(err, f.endErr)
}

func newFlawed(t *testing.T, opts *core.Options) (*flawedIndex, *browser) {
	keep := &flawedIndex{spy: newSpy()}
	b := browserOn(t, keep, opts)
	b.store = keep.spy
	return keep, b
}

// A shard that does not answer is named, and what the others have is returned and
// ended all the same.
func TestAListAndAnEndInPart(t *testing.T) {
	keep, b := newFlawed(t, nil)
	devices(b, "ada", "a", "b", "c")
	for i, err := range []error{&store.PartialError{Shards: []string{"s2"}, Ordered: true, Err: errDown}, errDown} {
		keep.listErr, keep.endErr = err, nil
		list, got := b.m.Of(t.Context(), "ada")
		partial := (*core.PartialError)(nil)
		if errors.As(got, &partial) != errors.As(err, new(*store.PartialError)) || !errors.Is(got, errDown) ||
			len(list) != 3-i || core.HTTPStatus(got) != 503 {
			t.Errorf("list: %d sessions, error %v", len(list), got)
		}
		keep.listErr, keep.endErr = nil, err
		b.events = nil
		n, got := b.m.End(t.Context(), "ada", b.list("ada")[0].Place)
		if n != 1 || !errors.Is(got, errDown) || errors.As(got, &partial) != errors.As(err, new(*store.PartialError)) ||
			core.HTTPStatus(got) != 503 {
			t.Errorf("end: %d, error %v", n, got)
		}
		if e := b.events[0]; len(b.events) != 1 || e.Kind != core.EventEnded || e.Count != 1 || !errors.Is(e.Err, errDown) {
			t.Errorf("events %+v", b.events)
		}
	}
}

func TestPagesGoOnAfterAnErrorInPart(t *testing.T) {
	keep, b := newFlawed(t, nil)
	for range 300 {
		b.another().request(func(s *core.Session) { s.Login("ada") })
	}
	for err, want := range map[error]int{&store.PartialError{Shards: []string{"s2"}, Err: errDown}: 300, errDown: 250} {
		keep.listErr = err
		if list, got := b.m.Of(t.Context(), "ada"); len(list) != want || !errors.Is(got, errDown) {
			t.Errorf("%v: %d sessions, error %v; want %d", err, len(list), got, want)
		}
	}
}

// A storeWithoutIndex has nothing but the methods of store.Store.
type storeWithoutIndex struct{ store.Store }

func TestAStoreThatFindsNoSessions(t *testing.T) {
	keep := storeWithoutIndex{memstore.New()}
	m, err := core.New(keep, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = "the store finds no sessions of a user: it does not implement store.UserIndex"
	_, listErr := m.Of(t.Context(), "ada")
	_, endErr := m.EndAll(t.Context(), "ada")
	_, newErr := core.New(keep, secret, &core.Options{MaxSessions: 3})
	for what, err := range map[string]error{
		"session: list: ": listErr, "session: end: ": endErr, "session: MaxSessions is 3: ": newErr,
	} {
		if err == nil || err.Error() != what+want {
			t.Errorf("error %v, want %s%s", err, what, want)
		}
	}
}

func TestAReservedKeyIsNotInAList(t *testing.T) {
	b := newBrowser(t, nil)
	if _, err := b.m.Of(t.Context(), "ada", "@user"); err == nil || !strings.Contains(err.Error(), `"@user"`) {
		t.Errorf("error %v", err)
	}
	if _, err := b.m.Of(t.Context(), ""); err == nil || err.Error() != "session: list: the user is empty" {
		t.Errorf("error %v", err)
	}
}

// A user who is logged out by another's login in the same browser has no session
// left, and an event.
func TestALoginAsSomebodyElseEndsTheOtherFirst(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.LoginWith(core.Login{User: "ada", Device: "a", Remember: true}) })
	b.events = nil
	h := b.request(func(s *core.Session) { s.LoginWith(core.Login{User: "bob", Device: "b"}) })
	if alive(b, "ada") != "" || alive(b, "bob") != "b" || maxAge(h) != "session" {
		t.Errorf("alive are %q and %q, cookie %q", alive(b, "ada"), alive(b, "bob"), h.SetCookie)
	}
	var got []string
	for _, e := range b.events {
		got = append(got, string(e.Kind)+" "+e.User)
	}
	if want := []string{"loaded ", "destroyed ada", "created bob"}; !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}
