package core_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
)

// R7, R10: what a browser would reject in silence is an error that names the value.
func TestCookiesThatBrowsersRejectFailAtConstruction(t *testing.T) {
	for _, test := range []struct {
		cookie core.Cookie
		want   string
	}{
		{core.Cookie{Name: "__Host-s", Domain: "example.com"}, `"__Host-s": browsers reject __Host- with the domain "example.com"`},
		{core.Cookie{Name: "__Host-s", Path: "/app"}, `"__Host-s": browsers reject __Host- with the path "/app"`},
		{core.Cookie{Name: "__HOST-s", InsecureCookie: true}, `"__HOST-s": browsers reject this prefix without Secure`},
		{core.Cookie{Name: "__Secure-s", InsecureCookie: true}, `"__Secure-s": browsers reject this prefix without Secure`},
		{core.Cookie{Name: "__Http-s", InsecureCookie: true}, `"__Http-s": browsers reject this prefix without Secure`},
		{core.Cookie{SameSite: http.SameSiteNoneMode, InsecureCookie: true}, `"session": browsers reject SameSite=None without Secure`},
		{core.Cookie{Partitioned: true, InsecureCookie: true}, `"session": browsers reject Partitioned without Secure`},
		{core.Cookie{SameSite: 17}, "unknown SameSite mode 17"},
		{core.Cookie{Name: "a b"}, `"a b"`},
		{core.Cookie{Name: "a=b"}, `"a=b"`},
		{core.Cookie{Name: "s", MACName: "s"}, `both cookies have the name "s"`},
		{core.Cookie{Name: "s", MACName: "a;b"}, `"a;b"`},
		{core.Cookie{Name: "s", MACName: "__Host-m", Path: "/x"}, `"__Host-m"`},
		{core.Cookie{Path: "app"}, `the path "app" does not begin with /`},
		{core.Cookie{Path: "/a;b"}, `"/a;b"`},
		{core.Cookie{Domain: "exa mple.com"}, `"exa mple.com"`},
		{core.Cookie{Name: strings.Repeat("n", 4009)}, "name and value have 4097 bytes, more than 4096"},
	} {
		_, err := core.New(memstore.New(), secret, &core.Options{Cookie: test.cookie})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("New with %+v: error %v, want %s", test.cookie, err, test.want)
		}
	}
	if _, err := core.New(memstore.New(), secret, &core.Options{Cookie: core.Cookie{Name: strings.Repeat("n", 4008)}}); err != nil {
		t.Errorf("New with 4,096 bytes of name and value: %v", err)
	}
}
