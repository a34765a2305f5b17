package core_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

const place = "abcdefghijkl"

// R1.
func TestAnIDHas192RandomBits(t *testing.T) {
	seen := make(map[string]bool)
	for range 1000 {
		id, err := core.NewID(place)
		if err != nil {
			t.Fatal(err)
		}
		secret, ok := strings.CutPrefix(id, place)
		if !ok || len(secret) != 32 {
			t.Fatalf("the id at %q is %q, want the place and 32 characters", place, id)
		}
		// Every character differs between some two of 1,000 secrets, so no part of it is constant.
		for i, c := range secret {
			seen[fmt.Sprint(i, c)] = true
		}
	}
	if len(seen) != 32*64 {
		t.Errorf("1,000 secrets show %d of the 2,048 characters at their places", len(seen))
	}
}

// R1: a failing random source is an error and gives no id.
func TestAFailingRandomSourceGivesNoID(t *testing.T) {
	whole := rand.Reader
	defer func() { rand.Reader = whole }()
	for _, source := range []struct {
		name  string
		bytes string
	}{{"empty", ""}, {"short of one byte", strings.Repeat("x", 23)}} {
		rand.Reader = iotest.TimeoutReader(strings.NewReader(source.bytes))
		if id, err := core.NewID(place); err == nil || id != "" {
			t.Errorf("random source %s: id %v, error %v", source.name, id, err)
		}
	}
	b := newBrowser(t, nil)
	rand.Reader = iotest.ErrReader(errors.New("no entropy"))
	s := b.start()
	s.Set("k", 1)
	h, err := b.commit(s)
	if err == nil || len(h.SetCookie) > 0 || b.store.Len() != 0 {
		t.Errorf("without random bytes: error %v, cookies %q, %d sessions stored", err, h.SetCookie, b.store.Len())
	}
}

// R4, R48: no way of printing a session shows its secret, whatever the request has
// done to it, nor do its user's list and the events of its life.
func TestAPrintedSessionHidesItsSecret(t *testing.T) {
	for name, change := range map[string]func(s *core.Session){
		"nothing": func(*core.Session) {}, "a login": func(s *core.Session) { s.Login("bob") },
		"Confirm": func(s *core.Session) { s.Confirm(2) }, "Unlock, saved": func(s *core.Session) {
			s.Unlock()
			_ = s.Save(t.Context())
		},
		"a save of unknown outcome": func(s *core.Session) { s.Confirm(2); _ = s.Save(t.Context()) },
		"Logout":                    func(s *core.Session) { s.Logout() },
	} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) {
			s.Set("k", 1)
			s.LoginWith(core.Login{User: "ada", Remember: true, External: core.External{Issuer: "i", ID: "42"}})
		})
		s := b.start()
		secrets := []string{s.CurrentID()[store.PlaceLen:]}
		place := s.ID().Place
		if strings.HasPrefix(name, "a save") {
			b.store.failOn["renew"] = errDown
		}
		change(s)
		if now := s.CurrentID(); now != "" {
			secrets = append(secrets, now[store.PlaceLen:])
		}
		shown := printed(s)
		list := b.list("ada")
		_ = core.Guard{Level: 9}.Check(core.NewContext(t.Context(), s), fake{})
		shown += fmt.Sprintf("%v %+v %#v %v %+v %#v", list, list, list, b.events, b.events, b.events)
		for _, secret := range secrets {
			if strings.Contains(shown, secret) || strings.Contains(shown, fmt.Sprintf("%x", secret)) {
				t.Errorf("after %s the secret %q of a session is in %q", name, secret, shown)
			}
		}
		if !strings.Contains(shown, place) {
			t.Errorf("after %s the place %q is not in %q", name, place, shown)
		}
	}
}

// printed returns the session in all ways of printing one.
func printed(s *core.Session) string {
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "s", s, "in", struct{ s *core.Session }{s})
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "s", s)
	shown := logged.String()
	for _, verb := range strings.Split("v +v #v s q x X d t b o U e g c T", " ") {
		shown += fmt.Sprintf("%"+verb, s) + fmt.Sprintf("%"+verb, []*core.Session{s}) +
			fmt.Sprintf("%"+verb, struct{ s *core.Session }{s})
	}
	return shown
}

// R6, P12: a store gets a hash of the secret, which a renewal and only a renewal changes.
func TestAStoreNeverSeesASecret(t *testing.T) {
	text := place + strings.Repeat("-", 16) + strings.Repeat("_", 16)
	sum := sha256.Sum256([]byte(text[store.PlaceLen:]))
	want := store.ID{Place: place, Fingerprint: base64.RawURLEncoding.EncodeToString(sum[:])[:22]}
	if got := core.KeyOf(text); got != want {
		t.Errorf("the key of %q is %+v, want %+v", text, got, want)
	}
}

func TestAPlaceThatIsNoPlaceIsAnError(t *testing.T) {
	for _, p := range []string{"", "short", place + "x", "abc{defghijk", "abcdefghijk "} {
		if id, err := core.NewID(p); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", p)) {
			t.Errorf("NewID(%q) = %v, %v; want an error that names the place", p, id, err)
		}
	}
}
