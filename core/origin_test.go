package core_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/memstore"
)

// R46. The rows are those of net/http's own test of CrossOriginProtection.
func TestCheckOrigin(t *testing.T) {
	manager := func(o core.Options) *core.Manager {
		m, err := core.New(memstore.New(), secret, &o)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	strict := manager(core.Options{})
	trusting := manager(core.Options{TrustedOrigins: []string{"https://admin.example", "https://login.example:8443"}})
	open := manager(core.Options{InsecureCrossOrigin: true})
	for _, test := range []struct {
		name                 string
		m                    *core.Manager
		method, site, origin string
		refused              bool
	}{
		{"same origin", strict, "POST", "same-origin", "", false},
		{"typed into the address bar", strict, "POST", "none", "", false},
		{"another site", strict, "POST", "cross-site", "", true},
		{"another origin of the site", strict, "POST", "same-site", "", true},
		{"a word that nobody sends", strict, "POST", "invalid", "", true},
		{"no header at all", strict, "POST", "", "", false},
		{"an old browser, same origin", strict, "POST", "", "https://app.example", false},
		{"an old browser, another origin", strict, "POST", "", "https://evil.example", true},
		{"an old browser, no origin it would tell", strict, "POST", "", "null", true},
		{"the header that was sent counts, not Origin", strict, "POST", "cross-site", "https://app.example", true},
		{"GET", strict, "GET", "cross-site", "", false},
		{"HEAD", strict, "HEAD", "cross-site", "", false},
		{"OPTIONS", strict, "OPTIONS", "cross-site", "", false},
		{"PUT", strict, "PUT", "cross-site", "", true},
		{"a method of one's own", strict, "PURGE", "cross-site", "", true},
		{"a trusted origin", trusting, "POST", "cross-site", "https://admin.example", false},
		{"a trusted origin with a port", trusting, "DELETE", "same-site", "https://login.example:8443", false},
		{"an old browser at a trusted origin", trusting, "POST", "", "https://admin.example", false},
		{"a trusted host without TLS", trusting, "POST", "cross-site", "http://admin.example", true},
		{"another one", trusting, "POST", "cross-site", "https://evil.example", true},
		{"switched off", open, "POST", "cross-site", "https://evil.example", false},
	} {
		header := http.Header{"Sec-Fetch-Site": {test.site}, "Origin": {test.origin}}
		err := test.m.CheckOrigin(t.Context(), fake{method: test.method, host: "app.example", header: header.Get})
		if (err != nil) != test.refused || err != nil && adapter.HTTPStatus(err) != http.StatusForbidden {
			t.Errorf("%s: %v; refused: want %v", test.name, err, test.refused)
		}
	}
	for _, origin := range []string{"admin.example", "https://admin.example/", "https://", "*"} {
		_, err := core.New(memstore.New(), secret, &core.Options{TrustedOrigins: []string{origin}})
		if err == nil || !strings.Contains(err.Error(), `"`+origin+`"`) {
			t.Errorf("New with the trusted origin %q: %v, want an error that names it", origin, err)
		}
	}
}

func TestASafeRequestIsCheckedWithoutAnAllocation(t *testing.T) {
	b := newBrowser(t, nil)
	r := &fake{method: "GET"}
	if n := testing.AllocsPerRun(100, func() { _ = b.m.CheckOrigin(t.Context(), r) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
