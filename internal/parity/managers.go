package parity

import (
	"net/http"
	"net/http/cookiejar"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
)

// TwoManagers tests that a program may have two kinds of session: each has its cookie, and a handler finds both.
func TwoManagers(t *testing.T, serve Serve) {
	const mark core.Key[string] = "mark"
	store := memstore.New()
	manager := func(name string) *core.Manager {
		m, err := core.New(store, secret, &core.Options{Cookie: core.Cookie{Name: name, InsecureCookie: true}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	outer, inner := manager("long"), manager("short")
	address := serve(t, func(x Exchange) {
		long, _ := outer.FromContext(x.Context())
		short, _ := inner.FromContext(x.Context())
		if long == nil || short == nil || long == short || x.Session() != short {
			x.Text("not both")
			return
		}
		of, _ := mark.Get(long)
		in, _ := mark.Get(short)
		mark.Set(long, "long")
		mark.Set(short, "short")
		x.Text(of + " " + in)
	}, outer, inner)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	for _, want := range []string{" ", "long short"} {
		if got, err := Get(browser, address+"/ada", "", map[string]string{}); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}
