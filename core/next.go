package core

import (
	"net/url"
	"strings"
)

// maxNext is the longest path, in bytes, that a redirect to the login page
// carries.
const maxNext = 2048

// NextPath returns the path to go to after a login. next is the parameter that
// a [Guard] put into the address of the login page. Anybody may have forged it
// since. NextPath returns next if it is a path on this host, with or without a
// query. Otherwise it returns the fallback. It rejects other hosts in every
// spelling that browsers accept (a scheme, "//host", "/\host"), control bytes,
// which browsers drop before they parse, and more than 2,048 bytes.
func NextPath(next, fallback string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsFunc(next, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return fallback
	}
	if u, err := url.Parse(next); err != nil || u.Host != "" || u.Scheme != "" {
		return fallback
	}
	return next
}
