package redisstore

import (
	"errors"
	"net/url"
	"strings"
	"unique"
)

// A URL has the address of a server and the login there:
// redis://user:password@host:port/db, rediss:// for TLS, or unix:///path.
// Options of go-redis may follow, as in "?pool_size=50&read_timeout=500ms".
// In the password #, / and ? are written %23, %2F and %3F; [url.UserPassword]
// does so.
//
// Nothing prints the user, the password or the options: not fmt with any verb,
// not slog, not JSON, not even from an unexported field of a struct. URLs with
// the same text are equal. The zero value is no URL.
type URL struct {
	// The handle is a pointer to the text. fmt prints it as an address with
	// every verb. Unlike the function in core.Secrets, it keeps a Shard
	// comparable.
	text unique.Handle[string]
}

// NewURL returns the text as a URL. It does not check it: [Open] returns an
// error if it is wrong.
func NewURL(text string) URL {
	if text == "" {
		return URL{}
	}
	return URL{unique.Make(text)}
}

func (u URL) reveal() string {
	if u == (URL{}) {
		return ""
	}
	return u.text.Value()
}

// String returns the URL without user, password and options.
func (u URL) String() string {
	text := u.reveal()
	parsed, err := parseURL(text)
	switch {
	case text == "":
		return ""
	case err != nil, parsed.Host == "" && parsed.Path == "",
		parsed.Scheme != "redis" && parsed.Scheme != "rediss" && parsed.Scheme != "unix":
		return "(not a URL of Redis)"
	}
	return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host, Path: parsed.Path}).String()
}

// errURL repeats nothing: where a password is not encoded, any part of the URL may
// be one of the password, for net/url as well.
var errURL = errors.New("the URL cannot be parsed: write redis://user:password@host:port/db, " +
	"rediss://… or unix:///path, and in the password %23 for #, %2F for / and %3F for ?")

// parseURL parses the text. A #, / or ? ends the password for net/url, so what
// should be before the last @ comes after the host.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || strings.Contains(u.Opaque+u.Path+u.RawQuery+u.Fragment, "@") {
		return nil, errURL
	}
	return u, nil
}

// MarshalText implements [encoding.TextMarshaler], for JSON and slog. It
// returns what String returns.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler] with [NewURL], for
// configuration files. The output of MarshalText has no user, password or
// options.
func (u *URL) UnmarshalText(text []byte) error {
	*u = NewURL(string(text))
	return nil
}
