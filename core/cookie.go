package core

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxCookie is the size of name plus value, in bytes, that every browser must
// accept (RFC 6265bis, section 5.6).
const maxCookie = 4096

// A Cookie sets the name and the attributes of the cookie that holds the
// session's token. The zero value is the strictest cookie there is:
// __Host-session with Secure, HttpOnly, SameSite=Lax and Path=/. The browser
// deletes it when it closes. HttpOnly cannot be switched off.
//
// [New] refuses what browsers would refuse: a __Host- name with a Domain or
// another Path; a __Host- or __Secure- name, SameSite=None or Partitioned
// without Secure.
type Cookie struct {
	// Name of the cookie. Default "__Host-session"; "__Secure-session" with a
	// Domain or a Path; "session" with InsecureCookie. The prefixes prevent
	// others who can set cookies for this host, such as a subdomain without
	// TLS, from planting one.
	Name string
	// MACName divides the token into two cookies: Name holds the id, MACName
	// its signature. Choose a name with the prefix of the default, which is
	// safer. Default: one cookie.
	MACName string
	// Path is the path that the browser sends the cookie to. Default "/".
	Path string
	// Domain makes the browser send the cookie to all subdomains of this domain
	// as well. Default: only this host.
	Domain string
	// SameSite restricts in which requests from other sites the browser sends
	// the cookie. Default [http.SameSiteLaxMode].
	SameSite http.SameSite
	// Partitioned gives an embedded page a cookie of its own for every site
	// that embeds it. Default false.
	Partitioned bool
	// Persistent makes the browser keep the cookie when it closes, for as long
	// as the session lives. Max-Age is the session's remaining life, at most
	// 400 days. The cookie is sent again when a request that reads the session
	// extends its life, at most ten times in an idle timeout. A login with
	// [Login.Remember] always has such a cookie. Default false.
	Persistent bool
	// InsecureCookie leaves out Secure, so anybody on the network can read the
	// token. It is for development without TLS: Safari keeps no Secure cookie
	// from http://localhost. Chromium and Firefox do, but from no other host
	// without TLS. Default false.
	InsecureCookie bool
}

func (c Cookie) withDefaults() Cookie {
	if c.Name == "" {
		c.Name = "__Host-session"
		if c.InsecureCookie {
			c.Name = "session"
		} else if c.Domain != "" || c.Path != "" && c.Path != "/" {
			c.Name = "__Secure-session"
		}
	}
	if c.Path == "" {
		c.Path = "/"
	}
	if c.SameSite == 0 || c.SameSite == http.SameSiteDefaultMode {
		c.SameSite = http.SameSiteLaxMode
	}
	return c
}

// check returns an error that names the value which a browser would refuse.
func (c Cookie) check() error {
	for _, name := range c.names() {
		probe := http.Cookie{
			Name: name, Value: "v", Path: c.Path, Domain: c.Domain, SameSite: c.SameSite,
		}
		if err := probe.Valid(); err != nil {
			return fmt.Errorf("session: cookie %q with path %q and domain %q: %w",
				name, c.Path, c.Domain, err)
		}
		if size := len(name) + idLen + 1 + macLen; size > maxCookie {
			return fmt.Errorf("session: cookie %.20q…: "+
				"name and value have %d bytes, more than %d", name, size, maxCookie)
		}
		if err := c.checkPrefix(name); err != nil {
			return err
		}
	}
	switch {
	case c.MACName == c.Name:
		return fmt.Errorf("session: both cookies have the name %q", c.Name)
	case !strings.HasPrefix(c.Path, "/"):
		return fmt.Errorf("session: cookie %q: the path %q does not begin with /", c.Name, c.Path)
	case c.SameSite < http.SameSiteDefaultMode || c.SameSite > http.SameSiteNoneMode:
		return fmt.Errorf("session: cookie %q: unknown SameSite mode %d", c.Name, c.SameSite)
	case c.SameSite == http.SameSiteNoneMode && c.InsecureCookie:
		return fmt.Errorf("session: cookie %q: browsers reject SameSite=None without Secure",
			c.Name)
	case c.Partitioned && c.InsecureCookie:
		return fmt.Errorf("session: cookie %q: browsers reject Partitioned without Secure", c.Name)
	}
	return nil
}

// checkPrefix applies RFC 6265bis, section 4.1.3. Browsers compare the prefix
// without regard to case.
func (c Cookie) checkPrefix(name string) error {
	lower := strings.ToLower(name)
	host := strings.HasPrefix(lower, "__host-")
	if !host && !strings.HasPrefix(lower, "__secure-") && !strings.HasPrefix(lower, "__http-") {
		return nil
	}
	switch {
	case c.InsecureCookie:
		return fmt.Errorf("session: cookie %q: "+
			"browsers reject this prefix without Secure; choose another name", name)
	case host && c.Domain != "":
		return fmt.Errorf("session: cookie %q: browsers reject __Host- with the domain %q",
			name, c.Domain)
	case host && c.Path != "/":
		return fmt.Errorf("session: cookie %q: browsers reject __Host- with the path %q",
			name, c.Path)
	}
	return nil
}

func (c Cookie) names() []string {
	if c.MACName == "" {
		return []string{c.Name}
	}
	return []string{c.Name, c.MACName}
}

// cookieLines writes Set-Cookie lines. Everything except the token and Max-Age
// is rendered once.
type cookieLines struct {
	names         []string
	common, flags string // what precedes Max-Age, and what follows it
	persistent    bool
}

func newCookieLines(c Cookie) cookieLines {
	common := "; Path=" + c.Path
	if c.Domain != "" {
		common += "; Domain=" + strings.TrimPrefix(c.Domain, ".")
	}
	flags := "; HttpOnly"
	if !c.InsecureCookie {
		flags += "; Secure"
	}
	flags += map[http.SameSite]string{
		http.SameSiteLaxMode:    "; SameSite=Lax",
		http.SameSiteStrictMode: "; SameSite=Strict",
		http.SameSiteNoneMode:   "; SameSite=None",
	}[c.SameSite]
	if c.Partitioned {
		flags += "; Partitioned"
	}
	return cookieLines{c.names(), common, flags, c.Persistent}
}

// set returns the lines of a cookie that the browser keeps for this long. With
// 0 it keeps it until it closes.
func (l cookieLines) set(id, mac string, keep time.Duration) []string {
	attrs := l.common + l.flags
	if keep > 0 {
		seconds := (min(keep, longestCookie) + time.Second - 1) / time.Second
		attrs = l.common + "; Max-Age=" + strconv.FormatInt(int64(seconds), 10) + l.flags
	}
	if len(l.names) == 1 {
		return []string{l.names[0] + "=" + id + "." + mac + attrs}
	}
	return []string{l.names[0] + "=" + id + attrs, l.names[1] + "=" + mac + attrs}
}

func (l cookieLines) expire() []string {
	lines := make([]string, len(l.names))
	for i, name := range l.names {
		lines[i] = name + "=" + l.common +
			"; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT" + l.flags
	}
	return lines
}

// longestCookie is how long a browser keeps a cookie at most (RFC 6265bis,
// section 5.5). So it is also how long a login can be remembered.
const longestCookie = 400 * 24 * time.Hour
