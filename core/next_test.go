package core_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
)

func TestNextPathTakesOnlyPathsOfThisHost(t *testing.T) {
	for next, want := range map[string]string{
		"/":                             "/",
		"/a/b?c=d&e=%2F#f":              "/a/b?c=d&e=%2F#f",
		"/é":                            "/é",
		"":                              "home",
		"a":                             "home",
		"//evil.example":                "home",
		"///evil.example":               "home",
		`/\evil.example`:                "home",
		`\\evil.example`:                "home",
		"/a\\b":                         "home",
		"/\t/evil.example":              "home",
		"/\n/evil.example":              "home",
		"/\r\nSet-Cookie: x=y":          "home",
		"/\x7f":                         "home",
		"https://evil.example":          "home",
		"javascript:alert(1)":           "home",
		" /a":                           "home",
		"/%zz":                          "home",
		"/" + strings.Repeat("a", 2047): "/" + strings.Repeat("a", 2047),
		"/" + strings.Repeat("a", 2048): "home",
	} {
		if got := core.NextPath(next, "home"); got != want {
			t.Errorf("NextPath(%q) = %q, want %q", next, got, want)
		}
	}
}

// Whatever is accepted resolves to this host, in the plain way and in the way of browsers, which take \ for / and drop
// control bytes first (WHATWG URL).
func FuzzNextPath(f *testing.F) {
	for _, seed := range []string{"/a", "//a", `/\a`, "/\t/a", "/a?b#c", "/%2f%2fa", "/.//a", "http://a"} {
		f.Add(seed)
	}
	here, _ := url.Parse("https://here.example/login")
	f.Fuzz(func(t *testing.T, next string) {
		got := core.NextPath(next, "")
		if got == "" {
			return
		}
		if got != next {
			t.Fatalf("NextPath(%q) = %q", next, got)
		}
		browsers := strings.NewReplacer("\\", "/", "\t", "", "\n", "", "\r", "").Replace(strings.TrimSpace(got))
		for _, form := range []string{got, browsers} {
			u, err := here.Parse(form)
			if err != nil || u.Host != "here.example" || u.Scheme != "https" {
				t.Errorf("NextPath accepts %q, which leads to %v (error %v)", next, u, err)
			}
		}
	})
}
