// Package echopath is what the adapters of Echo v4 and v5 share: whether the
// path of a request leads past a guard.
package echopath

import (
	"cmp"
	"net/url"
	pathpkg "path"
	"strings"
)

// maxDecodings is how often a path is decoded: by the router, by what serves
// files, and once more by the application.
const maxDecodings = 3

// LeadsPast reports whether a request for u reached the route with the pattern
// by a spelling that leads elsewhere when it is cleaned or decoded. route
// returns the pattern of the route to which a URL leads.
//
// Echo's router takes a path as it came. What serves files decodes and cleans
// it, in some versions always (CVE-2026-55677) and in others by an option. So
// /%61dmin/f or //admin/f would lead past a guard on /admin to the file
// admin/f. Only a route with a wildcard has files below it. The parameter of
// any other may be an encoded path or URL, so decoding does not count there.
func LeadsPast(u *url.URL, pattern string, route func(*url.URL) string) bool {
	if pattern == "" {
		return false
	}
	// In both forms, because the router's options choose one.
	tidy, raw := clean(u.Path), clean(u.RawPath)
	changed := tidy != u.Path || raw != u.RawPath
	if changed && route(&url.URL{Path: tidy, RawPath: raw}) != pattern {
		return true
	}
	if !strings.Contains(pattern, "*") {
		return false
	}
	path := cmp.Or(u.RawPath, u.Path)
	for range maxDecodings {
		decoded := decode(path)
		if decoded == path {
			break
		}
		if route(&url.URL{Path: clean(decoded)}) != pattern {
			return true
		}
		path = decoded
	}
	return false
}

// clean removes "..", "." and double slashes. It keeps a slash at the end,
// because a folder's page has one.
func clean(path string) string {
	if path == "" {
		return ""
	}
	short := pathpkg.Clean(path)
	switch {
	case !strings.HasSuffix(path, "/") || short == "/":
		return short
	case len(path) == len(short)+1:
		return path
	}
	return short + "/"
}

// decode decodes each segment that can be decoded. A backslash is a slash, as
// it is for what serves files on Windows.
func decode(path string) string {
	if !strings.ContainsAny(path, `%\`) {
		return path
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if decoded, err := url.PathUnescape(segment); err == nil {
			segments[i] = decoded
		}
	}
	return strings.ReplaceAll(strings.Join(segments, "/"), `\`, "/")
}
