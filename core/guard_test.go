package core_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// R29: three answers. A store error is never "anonymous".
func TestGuard(t *testing.T) {
	browser := map[string]string{"Accept": "text/html,application/xhtml+xml,application/json;q=0.5"}
	program := map[string]string{"Accept": "application/json"}
	sent := func(pairs ...string) map[string]string {
		h := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			h[pairs[i]] = pairs[i+1]
		}
		return h
	}
	const html = "text/html,application/xhtml+xml,*/*;q=0.8"
	login := core.Guard{LoginURL: "/login"}
	for _, test := range []struct {
		name     string
		guard    core.Guard
		user     string
		down     bool
		method   string
		target   string
		header   map[string]string
		status   int // 0: let through
		location string
	}{
		{"a login", login, "ada", false, "GET", "/a", browser, 0, ""},
		{"a login, zero guard", core.Guard{}, "ada", false, "GET", "/a", program, 0, ""},
		{"a browser", login, "", false, "GET", "/a?b=c&d=é", browser, 303, "/login?next=%2Fa%3Fb%3Dc%26d%3D%C3%A9"},
		{"a browser's HEAD", login, "", false, "HEAD", "/a", browser, 303, "/login?next=%2Fa"},
		{"a browser's POST", login, "", false, "POST", "/a", browser, 303, "/login"},
		{"a browser that names the mode", login, "", false, "GET", "/", sent("Accept", html, "Sec-Fetch-Mode", "navigate"), 303, "/login?next=%2F"},
		{"a browser's frame", login, "", false, "GET", "/", sent("Accept", html, "Sec-Fetch-Dest", "iframe"), 303, "/login?next=%2F"},
		{"no Accept at all", login, "", false, "GET", "/", nil, 401, ""},
		{"curl", login, "", false, "GET", "/", sent("Accept", "*/*"), 401, ""},
		{"fetch", login, "", false, "GET", "/", sent("Accept", "*/*", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"), 401, ""},
		{"fetch that accepts HTML", login, "", false, "GET", "/", sent("Accept", html, "Sec-Fetch-Mode", "same-origin"), 401, ""},
		{"htmx", login, "", false, "GET", "/", sent("Accept", html, "HX-Request", "true"), 401, ""},
		{"EventSource", login, "", false, "GET", "/", sent("Accept", "text/event-stream"), 401, ""},
		{"an image", login, "", false, "GET", "/", sent("Accept", "image/avif,*/*", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"), 401, ""},
		{"an image in HTML's clothes", login, "", false, "GET", "/", sent("Accept", html, "Sec-Fetch-Dest", "image"), 401, ""},
		{"a WebSocket", login, "", false, "GET", "/", sent("Accept", html, "Upgrade", "websocket"), 401, ""},
		{"gRPC-web", login, "", false, "POST", "/", sent("Accept", "application/grpc-web-text"), 401, ""},
		{"a preflight", login, "", false, "OPTIONS", "/", sent("Origin", "https://a.example", "Access-Control-Request-Method", "PUT"), 204, ""},
		{"OPTIONS without a preflight", login, "", false, "OPTIONS", "/", sent("Origin", "https://a.example"), 401, ""},
		{"a preflight with a login", login, "ada", false, "OPTIONS", "/", sent("Origin", "https://a.example", "Access-Control-Request-Method", "PUT"), 0, ""},
		{"a login page with a query", core.Guard{LoginURL: "/in?lang=de"}, "", false, "GET", "/a", browser, 303, "/in?lang=de&next=%2Fa"},
		{"a target in absolute form", login, "", false, "GET", "http://evil.example/a", browser, 303, "/login"},
		{"a target with two slashes", login, "", false, "GET", "//evil.example/a", browser, 303, "/login"},
		{"a program", login, "", false, "GET", "/a", program, 401, ""},
		{"a program that takes problem+json", login, "", false, "GET", "/a", map[string]string{"Accept": "application/problem+JSON"}, 401, ""},
		{"an XMLHttpRequest", login, "", false, "GET", "/a", map[string]string{"X-Requested-With": "XMLHttpRequest"}, 401, ""},
		{"a browser inside an Android app", login, "", false, "GET", "/a", sent("Accept", html, "X-Requested-With", "com.example.app"), 303, "/login?next=%2Fa"},
		{"a browser, zero guard", core.Guard{}, "", false, "GET", "/a", browser, 401, ""},
		{"a login, store down", login, "ada", true, "GET", "/a", browser, 503, ""},
		{"no login, store down", login, "", true, "GET", "/a", program, 503, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBrowser(t, nil)
			b.request(func(s *core.Session) {
				s.Set("k", 1)
				if test.user != "" {
					s.Login(test.user)
				}
			})
			if test.down {
				b.store.failOn["load"] = errDown
			}
			ctx := core.NewContext(t.Context(), b.start())
			r := fake{method: test.method, target: test.target, header: func(name string) string { return test.header[name] }}
			err := test.guard.Check(ctx, r)
			if err == nil {
				if test.status != 0 {
					t.Errorf("lets through, want %d", test.status)
				}
				return
			}
			a := adapter.NewAnswer(err, r)
			if a.Status != test.status || a.Location != test.location || errors.Is(err, errDown) != test.down {
				t.Errorf("answer %d %q (%v), want %d %q", a.Status, a.Location, err, test.status, test.location)
			}
		})
	}
}

func TestGuardOfAVisitorWithoutACookieAsksNoStore(t *testing.T) {
	b := newBrowser(t, nil)
	err := core.Guard{}.Check(core.NewContext(t.Context(), b.start()), fake{})
	if adapter.HTTPStatus(err) != 401 || b.store.took() != "" {
		t.Errorf("answer %v, calls %q; want 401 and none", err, b.store.took())
	}
}

// Check returns the type error, so what it returns for a login is nil when a handler passes it on.
func TestWhatAGuardReturnsForALoginIsNil(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada") })
	handler := func(ctx context.Context, r adapter.Request) error { return core.Guard{}.Check(ctx, r) }
	if err := handler(core.NewContext(t.Context(), b.start()), fake{}); err != nil {
		t.Errorf("error %v of type %T, want nil", err, err)
	}
}

func TestAGuardNamesItsManager(t *testing.T) {
	staff, shop := newBrowser(t, &core.Options{Cookie: core.Cookie{Name: "staff"}}), newBrowser(t, nil)
	staff.request(func(s *core.Session) { s.Login("ada") })
	ctx := core.NewContext(core.NewContext(t.Context(), staff.start()), shop.start())
	r := fake{}
	for _, test := range []struct {
		name  string
		guard core.Guard
		want  int
	}{
		{"the innermost", core.Guard{}, 401},
		{"the innermost by name", core.Guard{Manager: shop.m}, 401},
		{"the outer", core.Guard{Manager: staff.m}, 0},
	} {
		if err := test.guard.Check(ctx, r); err == nil && test.want != 0 || err != nil && adapter.HTTPStatus(err) != test.want {
			t.Errorf("%s: %v, want %d", test.name, err, test.want)
		}
	}
	defer func() {
		if v := recover(); v == nil || !strings.Contains(v.(string), "mount the Middleware of the guard's Manager") {
			t.Errorf("without the Manager's middleware: %v, want a panic that says what to do", v)
		}
	}()
	_ = core.Guard{Manager: staff.m}.Check(core.NewContext(t.Context(), shop.start()), r)
}

func TestARefusalIsAnEventAtInfo(t *testing.T) {
	var log strings.Builder
	m, err := core.New(newSpy(), secret, &core.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Sec-Fetch-Site": {"cross-site"}}
	_ = core.Guard{}.Check(core.NewContext(t.Context(), m.Start(t.Context())), fake{header: header.Get})
	_ = m.CheckOrigin(t.Context(), fake{method: "POST", header: header.Get})
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `level=INFO msg="session refused" reason="login required"`) ||
		!strings.Contains(lines[1], `level=INFO msg="session refused" reason="cross-origin request`) {
		t.Errorf("the log is\n%s", log.String())
	}
}
