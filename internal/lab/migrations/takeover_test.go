package migrations_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	scsafter "github.com/ringsession/ringsession/internal/lab/migrations/scs/after"
	scsbefore "github.com/ringsession/ringsession/internal/lab/migrations/scs/before"
	scsboth "github.com/ringsession/ringsession/internal/lab/migrations/scs/both"
)

const signedIn, signedOut = "200 account of user 7", "303 to /login"

// oldLogin returns a browser with a live session of the old program: a login and two visits.
func oldLogin(t *testing.T, m migration, fields ...string) *browser {
	t.Helper()
	b := newBrowser(t, m.before)
	b.ask("GET", "/")
	b.ask("GET", "/")
	b.ask("POST", "/login", fields...)
	b.want(m.name+", before", signedIn)
	return b
}

// another returns a browser with the same cookies.
func (b *browser) another(handler http.Handler) *browser {
	b.t.Helper()
	copied := newBrowser(b.t, handler)
	copied.keep(b.cookies())
	return copied
}

func (b *browser) want(when, want string) {
	b.t.Helper()
	if got := b.ask("GET", "/account"); got != want {
		b.t.Errorf("%s: %s, want %s", when, got, want)
	}
}

// wantSessions wants that the user has so many sessions of ours, and that they are remembered or
// not.
func (s *site) wantSessions(t *testing.T, when string, count int, remembered bool) {
	t.Helper()
	list, err := s.sessions.Of(t.Context(), "7")
	if err != nil || len(list) != count {
		t.Errorf("%s: the user has %d sessions, want %d (error %v)", when, len(list), count, err)
	}
	for _, one := range list {
		if one.Remembered != remembered {
			t.Errorf("%s: remembered %v, want %v", when, one.Remembered, remembered)
		}
	}
}

// A live session of the old library goes on in ours with what it held, and the old one has ended.
func TestSessionsAreTakenOver(t *testing.T) {
	s := newSite(t)
	for _, m := range s.migrations(t) {
		for field, remembered := range map[string]bool{"remember=off": false, "remember=on": true} {
			b := oldLogin(t, m, field)
			old := b.another(m.before)
			b.serve(m.after)
			b.want(m.name+", without both", signedOut)
			b.serve(m.both(nothing))
			b.want(m.name+", with both", signedIn)
			s.wantSessions(t, m.name, 1, remembered)
			b.serve(m.after)
			if got, want := b.ask("GET", "/"), "200 visit 3 of user 7"; got != want {
				t.Errorf("%s, after: %s, want %s", m.name, got, want)
			}
			if !m.inCookie() {
				if got := old.ask("GET", "/account"); got == signedIn {
					t.Errorf("%s: the old session lives on", m.name)
				}
			}
			b.serve(m.both(nothing))
			b.ask("POST", "/logout")
			b.want(m.name+", logged out", signedOut)
			s.wantSessions(t, m.name+", logged out", 0, false)
		}
	}
}

// P12: what Redis keeps of a take-over holds neither the old cookie nor the new one.
func TestANoteHidesBothCookies(t *testing.T) {
	s := newSite(t)
	for _, m := range s.migrations(t) {
		b := oldLogin(t, m)
		cookies := b.cookies()
		b.serve(m.both(nothing))
		b.want(m.name, signedIn)
		cookies = append(cookies, b.cookies()...)
		notes := s.ours.Client().Keys(t.Context(), "takeover:*").Val()
		if len(notes) != 1 || len(cookies) != 2 {
			t.Fatalf("%s: %d notes, %d cookies", m.name, len(notes), len(cookies))
		}
		text := notes[0] + s.ours.Client().GetDel(t.Context(), notes[0]).Val()
		for _, cookie := range cookies {
			if strings.Contains(text, cookie.Value[:20]) || strings.Contains(text, cookie.Value[len(cookie.Value)-20:]) {
				t.Errorf("%s: Redis sees the cookie %s", m.name, cookie.Name)
			}
		}
	}
}

// inCookie reports whether the store keeps nothing, so that no session can be ended.
func (m migration) inCookie() bool {
	return strings.Contains(m.name, "CookieStore") || strings.Contains(m.name, "echo")
}

// The cookie of an old session that has ended, and one that was changed, are nobody's.
func TestOldCookiesThatAreWorthNothing(t *testing.T) {
	s := newSite(t)
	for _, m := range s.migrations(t) {
		b := oldLogin(t, m)
		ended, forged := b.another(m.both(nothing)), newBrowser(t, m.both(nothing))
		for _, cookie := range b.cookies() {
			cookie.Value = "x" + cookie.Value[1:]
			forged.keep([]*http.Cookie{cookie})
		}
		forged.want(m.name+", forged", signedOut)
		b.ask("POST", "/logout")
		if !m.inCookie() {
			ended.want(m.name+", ended", signedOut)
		}
		s.wantSessions(t, m.name, 0, false)
	}
}

// A form that is sent first, with the old cookie, arrives with its fields.
func TestAFormIsSentAgain(t *testing.T) {
	for _, m := range newSite(t).migrations(t) {
		b := oldLogin(t, m)
		b.serve(m.both(nothing))
		if got := b.ask("POST", "/login", "user=8"); got != "303 to /account" {
			t.Errorf("%s: %s", m.name, got)
		}
		b.want(m.name, "200 account of user 8")
	}
}

// Requests of one browser that all have read the old session before one of them goes on make one
// session.
func TestParallelRequestsAreOneTakeOver(t *testing.T) {
	const together = 8
	s := newSite(t)
	for _, m := range s.migrations(t) {
		b := oldLogin(t, m)
		old := b.another(nil)
		var read, done sync.WaitGroup
		read.Add(together)
		b.serve(m.both(func() { read.Done(); read.Wait() }))
		for range together {
			done.Go(func() { b.want(m.name+", one of many", signedIn) })
		}
		done.Wait()
		b.serve(m.both(nothing))
		s.wantSessions(t, m.name, 1, false)
		b.want(m.name, signedIn)
		b.ask("POST", "/logout")
		s.wantSessions(t, m.name+", logged out", 0, false)
		old.serve(m.both(nothing))
		old.want(m.name+", with the old cookie", signedOut)
	}
}

// A request that has read the old session and is slow comes after the whole take-over and the
// logout: it is nobody's.
func TestASlowRequestBringsNoLoginBack(t *testing.T) {
	s := newSite(t)
	for _, m := range s.migrations(t) {
		b := oldLogin(t, m)
		slow := b.another(nil)
		held, release := make(chan bool), make(chan bool)
		slow.serve(m.both(func() { held <- true; <-release }))
		done := make(chan bool)
		go func() { slow.want(m.name+", slow", signedOut); close(done) }()
		<-held
		b.serve(m.both(nothing))
		b.want(m.name, signedIn)
		b.ask("POST", "/logout")
		release <- true
		<-done
		s.wantSessions(t, m.name, 0, false)
		slow.serve(m.both(nothing))
		slow.want(m.name+", slow, once more", signedOut)
	}
}

// A slow request of a process that still runs the old program saves the old session again. It is
// not taken over twice.
func TestAnOldSessionThatComesBackIsNotTakenOver(t *testing.T) {
	s := newSite(t)
	for _, m := range s.migrations(t) {
		b := oldLogin(t, m)
		old, restore := b.another(m.before), m.snapshot()
		b.serve(m.both(nothing))
		b.want(m.name, signedIn)
		b.ask("POST", "/logout")
		s.ours.Advance(t, 10*time.Minute)
		restore()
		old.want(m.name+", in the old program", signedIn) // So it is back.
		old.serve(m.both(nothing))
		old.want(m.name+", with both", signedOut)
		s.wantSessions(t, m.name, 0, false)
	}
}

// A browser that did not get the answer has the old cookie alone. It gets the same session for a
// minute, and nobody does later.
func TestAnAnswerThatDoesNotArrive(t *testing.T) {
	s := newSite(t)
	for _, m := range s.migrations(t) {
		b := oldLogin(t, m)
		again, late := b.another(m.both(nothing)), b.another(m.both(nothing))
		b.serve(m.both(nothing))
		b.want(m.name, signedIn)
		again.want(m.name+", asked again", signedIn)
		s.wantSessions(t, m.name, 1, false)
		s.ours.Advance(t, time.Minute+time.Second)
		late.want(m.name+", a minute later", signedOut)
		b.want(m.name+", a minute later, with the new cookie", signedIn)
		b.ask("POST", "/logout")
	}
}

// A login of the old program counts also in a browser that has a session of ours without a login:
// while some processes run the one and some the other program.
func TestALoginOfTheOldProgramBesideAGuestOfOurs(t *testing.T) {
	s := newSite(t)
	for _, m := range s.migrations(t) {
		b := newBrowser(t, m.both(nothing))
		b.ask("GET", "/")
		b.serve(m.before)
		b.ask("POST", "/login")
		b.serve(m.both(nothing))
		b.want(m.name, signedIn)
		s.wantSessions(t, m.name, 1, false)
		b.ask("POST", "/logout")
	}
}

// A browser may keep the old cookie: it has another path than the store now says. Each session is
// taken over once even so.
func TestAnOldCookieThatStays(t *testing.T) {
	for _, m := range newSite(t).migrations(t) {
		b := newBrowser(t, m.before)
		b.ask("GET", "/")
		old := b.cookies()
		for _, cookie := range old {
			cookie.Path = "/account" // What deletes it has the path "/".
		}
		b.serve(m.both(nothing))
		b.keep(old)
		for i, step := range []struct{ method, path, want string }{
			{"GET", "/", "200 visit 2 of user 0"},
			{"GET", "/account", signedOut},
			{"GET", "/", "200 visit 3 of user 0"},
			{"POST", "/login", "303 to /account"},
			{"GET", "/account", signedIn},
			{"GET", "/", "200 visit 4 of user 7"},
			{"POST", "/logout", "303 to /"},
			{"GET", "/", "200 visit 1 of user 0"},
			{"GET", "/account", signedOut},
			{"GET", "/", "200 visit 2 of user 0"},
		} {
			if got := b.ask(step.method, step.path); got != step.want {
				t.Errorf("%s, step %d, %s: %s, want %s", m.name, i+1, step.path, got, step.want)
			}
		}
	}
}

// The client of Redis repeats a command whose reply it did not get. The note of this request is not
// that of another.
func TestANoteThatIsSentTwice(t *testing.T) {
	s := newSite(t)
	client := redis.NewClient(&redis.Options{Addr: s.ours.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	client.AddHook(twice{})
	s.bridge.Redis = client
	for _, m := range s.migrations(t) {
		b := oldLogin(t, m)
		b.serve(m.both(nothing))
		b.want(m.name, signedIn)
		s.wantSessions(t, m.name, 1, false)
		b.ask("POST", "/logout")
	}
}

// twice sends each command that sets something twice.
type twice struct{}

func (twice) DialHook(next redis.DialHook) redis.DialHook { return next }
func (twice) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, c redis.Cmder) error {
		if strings.HasPrefix(c.Name(), "set") {
			_ = next(ctx, c)
		}
		return next(ctx, c)
	}
}
func (twice) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// A store that does not answer is 503, in each place where it may happen, and the next request
// takes over.
func TestATakeOverDuringAnOutageLosesNothing(t *testing.T) {
	s := newSite(t)
	closed := func(address string) *redis.Client {
		client := redis.NewClient(&redis.Options{Addr: address})
		_ = client.Close()
		return client
	}
	for _, m := range s.migrations(t) {
		b := oldLogin(t, m)
		notes := s.bridge.Redis
		s.bridge.Redis = closed(s.ours.Addr())
		broken := m.both(nothing)
		s.bridge.Redis = notes
		b.serve(broken)
		if got := b.ask("GET", "/account"); !strings.HasPrefix(got, "503 ") {
			t.Errorf("%s, no notes: %s", m.name, got)
		}
		b.serve(m.both(nothing))
		b.want(m.name, signedIn)
		b.ask("POST", "/logout")
	}
	m := s.viaSCS(t)
	b := oldLogin(t, m)
	after := scsafter.Handler(s.sessions)
	b.serve(scsboth.TakeOver(s.bridge, scsbefore.Sessions(closed(s.old.Addr())), scsboth.Move)(after))
	if got := b.ask("GET", "/account"); !strings.HasPrefix(got, "503 ") {
		t.Errorf("no old sessions: %s", got)
	}
	b.serve(m.both(nothing))
	b.want("the old sessions are back", signedIn)
}
