package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
)

// Options configure a [Manager]; see [New]. The zero value means the defaults,
// and so does a nil pointer.
type Options struct {
	// Cookie sets the name and the attributes of the cookie that holds the
	// token. Default: see [Cookie].
	Cookie Cookie

	// IdleTimeout ends a session that was not used for this long. Default 30
	// minutes.
	IdleTimeout time.Duration
	// AbsoluteTimeout ends a session this long after its creation or its last
	// login, even if it is used all the time. Default 12 hours.
	AbsoluteTimeout time.Duration
	// Locks changes what IdleTimeout does to a session with a login: it locks
	// the session instead of ending it. See [Lifetimes]. Default false.
	Locks bool
	// Remember sets the lifetimes of a login with [Login.Remember]. Default: 14
	// days idle, 30 days absolute.
	Remember Lifetimes
	// Guest sets limits for sessions without a login. With low limits a crawler
	// that keeps cookies costs little. Default: the same limits as with a
	// login.
	Guest Guest

	// MaxSessions is how many sessions a user may have at the same time, on all
	// shards together. A login is stored first and counted then. If there are
	// too many, AtLimit decides which session ends. Sessions on a shard that
	// does not answer are not counted. MaxSessions needs a store that
	// implements [store.UserIndex]. Default 0: no limit.
	MaxSessions int
	// AtLimit decides which session ends when a login exceeds MaxSessions.
	// Default [EndOldest].
	AtLimit AtLimit
	// WatchInterval is how often [Session.Wait] reads its session. Wait reports
	// a change or an end after this time at the latest. The cost in reads a
	// second is the number of waiting streams and WebSockets, divided by
	// WatchInterval in seconds. Default 2 seconds.
	WatchInterval time.Duration
	// StoreTimeout limits every read and every save. If the reply to a call
	// does not come, the call is repeated once within this time. A call that
	// hangs is repeated after half of it. Default 1 second.
	StoreTimeout time.Duration
	// MaxBytes limits the keys and values of one session together, in bytes of
	// JSON. The store does the counting, so requests that run at the same time
	// cannot exceed the limit together. Default 64 KiB.
	MaxBytes int
	// MaxKeys limits the number of keys of one session. Default 1,024.
	MaxKeys int

	// VerifySecrets are further secrets whose signatures are accepted. Use them
	// to rotate the signing secret: add the new one here before the change, and
	// keep the old one here after it. Default: none.
	VerifySecrets Secrets

	// CookieFor returns the cookie of one response, for attributes that depend
	// on the request: Secure behind a proxy, or the Domain of one of several
	// sites. It gets a copy of Cookie and returns it changed, but with the same
	// names. If it returns a cookie that [New] would refuse, the response
	// fails. It must be safe for concurrent use. Default: all responses get
	// Cookie.
	CookieFor func(r adapter.Request, c Cookie) Cookie

	// Bearer lets programs, such as a mobile app, send the token as
	// "Authorization: Bearer <token>" (RFC 6750). They get it from
	// [Session.Token]. When the session gets another token later, the response
	// has it in the header Set-Auth-Token.
	//
	// In a request with that scheme, only the token counts, good or bad. Its
	// cookies are ignored, and the response sets none. It may come from any
	// origin. A guard denies it with 401 and WWW-Authenticate. Leave Bearer off
	// behind a proxy that adds such a header of its own. Default false.
	Bearer bool

	// TrustedOrigins, such as "https://admin.example.com", may send unsafe
	// requests (POST, PUT, DELETE) to this site. List the site's other hosts,
	// and identity providers that answer with a form (form_post, SAML). Unsafe
	// requests of all other origins get 403; see [Manager.Begin]. Default:
	// none.
	TrustedOrigins []string
	// InsecureCrossOrigin lets unsafe requests of every origin through to the
	// handlers. They must then have their own protection against request
	// forgery (CSRF). Default false.
	InsecureCrossOrigin bool
	// ClearSiteData is the value of the header Clear-Site-Data on the response
	// that ends a session, such as `"cache", "storage"` with the double quotes.
	// Browsers then delete that data of this origin. Default: no such header.
	ClearSiteData string

	// OnEvent is called for every [Event], after it happened and in the
	// goroutine where it happened. It must be safe for concurrent use. It may
	// use the session that the event is about. Default: none.
	OnEvent func(context.Context, Event)
	// Logger gets every event as a record. Level Error: store errors, an open
	// breaker, an empty shard. Warn: corrupt records, lost changes, a closed
	// breaker, an ordered end, an end of sessions that failed in part. Info:
	// logins, the ends of sessions, refused requests, discarded saves. Debug:
	// the rest. Rejected cookies are counted at Info, once a minute at most.
	// Default: [slog.Default] at the time of the event.
	Logger *slog.Logger

	// ErrorPage answers a person whose request failed, in net/http. The status
	// is 503 or 500 if the session could not be read or saved, 401 without a
	// login, 403 for another origin, and 409 for [ErrTooManySessions]. r
	// carries the session, except with 403. Other frameworks use their own
	// error handler. Programs always get JSON. Default: a line of text.
	ErrorPage func(w http.ResponseWriter, r *http.Request, status int, err error)
}

// Guest sets the limits of sessions without a login; see [Options].
type Guest struct {
	// Lifetimes are those of a guest's session. Locks must be false. Default:
	// [Options.IdleTimeout] and [Options.AbsoluteTimeout].
	Lifetimes
	// MaxBytes limits a guest's keys and values, in bytes of JSON. It is at
	// most [Options.MaxBytes], which is the default.
	MaxBytes int
	// MaxKeys limits the number of a guest's keys. It is at most
	// [Options.MaxKeys], which is the default.
	MaxKeys int
}

// limits returns a guest's limits, or none if they are those of all sessions.
func (g Guest) limits(o Options) store.Limits {
	if g.MaxBytes == 0 && g.MaxKeys == 0 {
		return store.Limits{}
	}
	l := store.Limits{Bytes: g.MaxBytes, Fields: g.MaxKeys}
	if l.Bytes == 0 {
		l.Bytes = o.MaxBytes
	}
	if l.Fields == 0 {
		l.Fields = o.MaxKeys
	}
	return l
}

// An AtLimit decides which session ends when a login exceeds
// [Options.MaxSessions].
type AtLimit int

const (
	// EndOldest ends the session with the oldest login.
	EndOldest AtLimit = iota
	// RefuseLogin ends the new session. The save fails with
	// [ErrTooManySessions], and the response has the status 409. If several
	// logins arrive in the same millisecond, one that was already answered may
	// end with the others.
	RefuseLogin
)

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.Cookie = c.Cookie.withDefaults()
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{
		{&c.IdleTimeout, 30 * time.Minute},
		{&c.AbsoluteTimeout, 12 * time.Hour},
		{&c.StoreTimeout, time.Second},
		{&c.WatchInterval, 2 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	c.Remember = c.Remember.or(
		Lifetimes{Idle: 14 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour})
	c.Guest.Lifetimes = c.Guest.or(Lifetimes{Idle: c.IdleTimeout, Absolute: c.AbsoluteTimeout})
	if c.MaxBytes == 0 {
		c.MaxBytes = 64 << 10
	}
	if c.MaxKeys == 0 {
		c.MaxKeys = 1024
	}
	return c
}

func (o Options) check() error {
	switch {
	case o.IdleTimeout < time.Millisecond:
		return fmt.Errorf("session: idle timeout %v is shorter than a millisecond", o.IdleTimeout)
	case o.AbsoluteTimeout < o.IdleTimeout:
		return fmt.Errorf("session: absolute timeout %v is shorter than the idle timeout %v",
			o.AbsoluteTimeout, o.IdleTimeout)
	case o.StoreTimeout < 0:
		return fmt.Errorf("session: store timeout %v is negative", o.StoreTimeout)
	case o.WatchInterval < time.Millisecond:
		return fmt.Errorf("session: WatchInterval %v is shorter than a millisecond",
			o.WatchInterval)
	case strings.ContainsFunc(o.ClearSiteData, unicode.IsControl):
		return fmt.Errorf("session: ClearSiteData %q is no header value", o.ClearSiteData)
	case o.MaxBytes < 0:
		return fmt.Errorf("session: MaxBytes %d is negative", o.MaxBytes)
	case o.MaxKeys < 0:
		return fmt.Errorf("session: MaxKeys %d is negative", o.MaxKeys)
	case o.Guest.MaxBytes < 0 || o.Guest.MaxBytes > o.MaxBytes:
		return fmt.Errorf("session: Guest.MaxBytes %d is not from 1 to MaxBytes, %d",
			o.Guest.MaxBytes, o.MaxBytes)
	case o.Guest.MaxKeys < 0 || o.Guest.MaxKeys > o.MaxKeys:
		return fmt.Errorf("session: Guest.MaxKeys %d is not from 1 to MaxKeys, %d",
			o.Guest.MaxKeys, o.MaxKeys)
	case o.Guest.Locks:
		return errors.New("session: Guest.Locks: there is no login to unlock")
	case o.MaxSessions < 0:
		return fmt.Errorf("session: MaxSessions %d is negative", o.MaxSessions)
	case o.AtLimit != EndOldest && o.AtLimit != RefuseLogin:
		return fmt.Errorf("session: AtLimit %d is unknown", o.AtLimit)
	}
	for name, l := range map[string]Lifetimes{"Remember": o.Remember, "Guest": o.Guest.Lifetimes} {
		if err := l.check(); err != nil {
			return fmt.Errorf("session: %s: %w", name, err)
		}
	}
	return o.Cookie.check()
}

// lifetimes returns the lifetimes of a login that is not remembered.
func (o Options) lifetimes() Lifetimes {
	return Lifetimes{Idle: o.IdleTimeout, Absolute: o.AbsoluteTimeout, Locks: o.Locks}
}

// newOrigins returns nil if requests of all origins may pass.
func newOrigins(o Options) (*http.CrossOriginProtection, error) {
	if o.InsecureCrossOrigin {
		return nil, nil
	}
	origins := http.NewCrossOriginProtection()
	for _, origin := range o.TrustedOrigins {
		if err := origins.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("session: TrustedOrigins: %w", err)
		}
	}
	return origins, nil
}
