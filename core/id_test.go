package core_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ringsession/ringsession/core"
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
		if id.Place() != place || len(id.Secret()) != 32 {
			t.Fatalf("id at %q has place %q and %d characters of secret, want 32", place, id.Place(), len(id.Secret()))
		}
		// Every character differs between some two of 1,000 secrets, so no part of it is constant.
		for i, c := range id.Secret() {
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
		if id, err := core.NewID(place); err == nil || !id.IsZero() {
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

// R4: no way of printing an id shows its secret.
func TestAnIDHidesItsSecret(t *testing.T) {
	id, err := core.NewID(place)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	logger := slog.New(slog.NewJSONHandler(&logged, nil))
	logger.Info("x", "id", id, "ptr", &id)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "id", id, "in", struct{ ID core.ID }{id})
	asJSON, _ := json.Marshal(map[string]any{"id": id})
	shown := logged.String() + string(asJSON) + fmt.Sprint(id) + fmt.Errorf("%w", errors.New(id.String())).Error()
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	s := b.start()
	sessionSecret := s.ID().Secret()
	for _, verb := range strings.Split("v +v #v s q x X d t b o U e g c T", " ") {
		shown += fmt.Sprintf("%"+verb, id) + fmt.Sprintf("%"+verb, []core.ID{id})
		shown += fmt.Sprintf("%"+verb, s) + fmt.Sprintf("%"+verb, []*core.Session{s})
	}
	if strings.Contains(shown, sessionSecret) {
		t.Errorf("the secret %q of a session is in %q", sessionSecret, shown)
	}
	if strings.Contains(shown, id.Secret()) || strings.Contains(shown, fmt.Sprintf("%x", id.Secret())) {
		t.Errorf("the secret %q is in %q", id.Secret(), shown)
	}
	if id.String() != place+"/hidden" || (core.ID{}).String() != "(none)" {
		t.Errorf("an id shows as %q, the zero id as %q", id, core.ID{})
	}
}

func TestParseIDTakesOnlyWhatAnIDLooksLike(t *testing.T) {
	good := place + strings.Repeat("-", 16) + strings.Repeat("_", 16)
	for text, want := range map[string]string{
		good:                       "",
		"":                         "an id has 44 characters, this text has 0",
		good + "x":                 "an id has 44 characters, this text has 45",
		"é" + good[2:]:             "character 0 of the id is not base64url",
		good[:43] + "=":            "character 43 of the id is not base64url",
		place + " " + good[13:]:    "character 12 of the id is not base64url",
		place + "\x00" + good[13:]: "character 12 of the id is not base64url",
		place + "+" + good[13:]:    "character 12 of the id is not base64url",
	} {
		id, err := core.ParseID(text)
		switch {
		case want == "" && (err != nil || id.Place()+id.Secret() != text):
			t.Errorf("ParseID(%q) = %v, %v", text, id, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("ParseID(%q): error %v, want %q", text, err, want)
		}
	}
}

func TestAPlaceThatIsNoPlaceIsAnError(t *testing.T) {
	for _, p := range []string{"", "short", place + "x", "abc{defghijk", "abcdefghijk "} {
		if id, err := core.NewID(p); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", p)) {
			t.Errorf("NewID(%q) = %v, %v; want an error that names the place", p, id, err)
		}
	}
}
