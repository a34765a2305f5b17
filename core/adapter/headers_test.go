package adapter_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/ringsession/ringsession/core/adapter"
)

// R15.
func TestTheHeadersOfAResponse(t *testing.T) {
	for _, test := range []struct {
		name   string
		apply  adapter.Headers
		before http.Header
		want   http.Header
	}{
		{"nothing", adapter.Headers{}, http.Header{}, http.Header{}},
		{"used", adapter.Headers{Vary: []string{"Cookie"}}, http.Header{}, http.Header{"Vary": {"Cookie"}}},
		{"used, varies already", adapter.Headers{Vary: []string{"Cookie"}}, http.Header{"Vary": {"Accept, cookie"}}, http.Header{"Vary": {"Accept, cookie"}}},
		{"used, varies on all", adapter.Headers{Vary: []string{"Cookie"}}, http.Header{"Vary": {"*"}}, http.Header{"Vary": {"*"}}},
		{"used, varies on a second line", adapter.Headers{Vary: []string{"Cookie"}}, http.Header{"Vary": {"Accept", "Cookie"}}, http.Header{"Vary": {"Accept", "Cookie"}}},
		{"used, varies on another", adapter.Headers{Vary: []string{"Cookie"}}, http.Header{"Vary": {"X-Cookie"}}, http.Header{"Vary": {"X-Cookie", "Cookie"}}},
		{"unavailable", adapter.Headers{Retry: true}, http.Header{}, http.Header{"Retry-After": {"1"}}},
		{
			"used, by a cookie or a token", adapter.Headers{Vary: []string{"Cookie", "Authorization"}},
			http.Header{"Vary": {"authorization"}}, http.Header{"Vary": {"authorization", "Cookie"}},
		},
		{
			"a token", adapter.Headers{Token: "t"}, http.Header{"Cache-Control": {"private, max-age=60"}},
			http.Header{"Set-Auth-Token": {"t"}, "Cache-Control": {"no-store"}},
		},
		{
			"a challenge", adapter.Headers{Challenge: "Bearer"}, http.Header{"Www-Authenticate": {"Basic"}},
			http.Header{"Www-Authenticate": {"Basic", "Bearer"}},
		},
		{
			"cookies", adapter.Headers{SetCookie: []string{"a=1", "b=2"}}, http.Header{"Set-Cookie": {"theirs=0"}},
			http.Header{"Set-Cookie": {"theirs=0", "a=1", "b=2"}, "Cache-Control": {"no-store"}},
		},
		{
			"a cookie and the handler's own caching", adapter.Headers{SetCookie: []string{"a=1"}}, http.Header{"Cache-Control": {"private"}},
			http.Header{"Set-Cookie": {"a=1"}, "Cache-Control": {"private"}},
		},
	} {
		test.apply.Apply(test.before)
		if !reflect.DeepEqual(test.before, test.want) {
			t.Errorf("%s: %v, want %v", test.name, test.before, test.want)
		}
	}
}
