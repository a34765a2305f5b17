package adapter

import (
	"slices"
	"strings"
)

// Headers are the headers that the session adds to a response.
type Headers struct {
	SetCookie []string // whole Set-Cookie values: none, one or two
	Vary      []string // the request's headers that the response depends on
	Retry     bool     // the store is unavailable: the response gets Retry-After
	NoStore   bool     // the response will be an error, or its body may have a token

	Token     string // the value of Set-Auth-Token: a new token for a program
	Challenge string // the value of WWW-Authenticate

	ClearSiteData string // the value of Clear-Site-Data, if the response ends the session
}

// TokenHeader is the response header with a program's new token; see
// core.Options.Bearer. CORS must expose it to scripts of other origins.
const TokenHeader = "Set-Auth-Token"

// A Header is a response's header as [Headers.Apply] needs it.
// [net/http.Header] is one.
type Header interface {
	Values(key string) []string
	Set(key, value string)
	Add(key, value string)
	Del(key string)
}

// Apply adds the headers to those that the handler set. No cache may store a
// response with a cookie, so it gets Cache-Control: no-store. If the handler
// set Cache-Control, at most the browser may store the response: private
// replaces public and s-maxage, and CDN-Cache-Control and Surrogate-Control are
// removed. Nothing may store a response with a token.
func (h Headers) Apply(to Header) {
	for _, line := range h.SetCookie {
		to.Add("Set-Cookie", line)
	}
	noStore := h.NoStore || h.Token != ""
	if len(h.SetCookie) > 0 || noStore {
		control := "no-store"
		if !noStore {
			control = unshared(to.Values("Cache-Control"))
		}
		to.Del("Cache-Control")
		to.Set("Cache-Control", control)
		// Shared caches that know these obey them in its place (RFC 9213).
		to.Del("CDN-Cache-Control")
		to.Del("Surrogate-Control")
	}
	if h.ClearSiteData != "" {
		to.Set("Clear-Site-Data", h.ClearSiteData)
	}
	if h.Retry {
		to.Set("Retry-After", "1")
	}
	if h.Token != "" {
		to.Set(TokenHeader, h.Token)
	}
	if h.Challenge != "" {
		to.Add("WWW-Authenticate", h.Challenge)
	}
	for _, name := range h.Vary {
		if !varies(to.Values("Vary"), name) {
			to.Add("Vary", name)
		}
	}
}

// unshared returns the Cache-Control lines as one line that forbids shared
// caches to store a response (RFC 9111, section 3). A max-age alone would allow
// it.
func unshared(lines []string) string {
	var kept []string
	closed := false
	for directive := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		directive = strings.TrimSpace(directive)
		name, _, _ := strings.Cut(strings.ToLower(directive), "=")
		switch name = strings.TrimSpace(name); name {
		case "":
			continue
		case "public", "s-maxage":
			directive = ""
		case "private", "no-store":
			// private="field" closes that field alone.
			closed = closed || len(name) == len(directive)
		}
		kept = append(kept, directive)
	}
	if len(kept) == 0 {
		return "no-store"
	}
	if !closed {
		kept = append([]string{"private"}, kept...)
	}
	return strings.Join(slices.DeleteFunc(kept, func(d string) bool { return d == "" }), ", ")
}

func varies(lines []string, on string) bool {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name == "*" || strings.EqualFold(name, on) {
				return true
			}
		}
	}
	return false
}
