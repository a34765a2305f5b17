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

// Options change what [New] does by default. The zero value, and a nil pointer, mean the defaults.
type Options struct {
	// Cookie says how the token travels. Default: see [Cookie].
	Cookie Cookie

	// IdleTimeout ends a session that nobody uses. Default 30 minutes.
	IdleTimeout time.Duration
	// AbsoluteTimeout ends a session this long after its creation or last login, however much it is used. Default 12 hours.
	AbsoluteTimeout time.Duration
	// Locks makes IdleTimeout lock the session of a login instead of ending it; see
	// [Lifetimes]. Default false.
	Locks bool
	// Remember are the lifetimes of a login that asks to be remembered; see
	// [Login.Remember]. Default 14 days and 30 days.
	Remember Lifetimes
	// Guest limits sessions without a login, so that a crawler that keeps cookies
	// costs little. Default: they are as those with a login.
	Guest Guest

	// MaxSessions is how many sessions a user may have at the same time, on all
	// shards together. A login that exceeds it counts once it is stored; AtLimit says
	// which one goes then. Sessions on a shard that does not answer are not counted.
	// It needs a store that implements [store.UserIndex]. Default 0: no limit.
	MaxSessions int
	// AtLimit says what happens at MaxSessions. Default [EndOldest].
	AtLimit AtLimit
	// WatchInterval is how often [Session.Wait] reads its session: a change or an end
	// is told after that time at the latest. Streams and WebSockets that wait cost
	// their number divided by WatchInterval in reads a second. Default 2 seconds.
	WatchInterval time.Duration
	// StoreTimeout bounds every read and every save, with the repetition of a call
	// whose reply did not come. A call that hangs is repeated after half of it.
	// Default 1 second.
	StoreTimeout time.Duration
	// MaxBytes limits the keys and values of one session together, in bytes of JSON.
	// The store counts, so that also requests that run at the same time keep it.
	// Default 64 KiB.
	MaxBytes int
	// MaxKeys limits the number of keys of one session. Default 1,024.
	MaxKeys int

	// VerifySecrets are accepted beside the secret that signs: before a rotation the coming one, after it the former one.
	// Default: none.
	VerifySecrets Secrets

	// CookieFor returns the cookie of a response, for attributes that depend on the
	// request: Secure behind a proxy, the Domain of one of several sites. It gets a
	// copy of Cookie and returns it changed, but with the same names. A cookie that
	// [New] would refuse fails the response. It may be called from several
	// goroutines. Default: all responses get Cookie.
	CookieFor func(r adapter.Request, c Cookie) Cookie

	// Bearer lets programs, such as a mobile app, send the token as
	// "Authorization: Bearer <token>" (RFC 6750). [Session.Token] gives it to them,
	// and after that a response whose session got another one has it in the header
	// Set-Auth-Token. A request with that scheme is judged by its token alone, good
	// or bad: its cookies are not looked at, it gets none, it may come from any
	// origin, and a guard answers it with 401 and WWW-Authenticate. Leave it off
	// behind a proxy that adds such a header of its own. Default false.
	Bearer bool

	// TrustedOrigins, such as "https://admin.example.com", may send unsafe
	// requests (POST, PUT, DELETE) to this site: its other hosts, and identity
	// providers that answer by a form (form_post, SAML). All others get 403;
	// see [Manager.Begin]. Default: none.
	TrustedOrigins []string
	// InsecureCrossOrigin lets unsafe requests of every origin through to the
	// handlers, which must then have a protection of their own against request
	// forgery (CSRF). Default false.
	InsecureCrossOrigin bool
	// ClearSiteData is the value of a header of the same name on the response
	// that ends a session, such as `"cache", "storage"` in its double quotes:
	// browsers then forget that of this origin. Default: no such header.
	ClearSiteData string

	// OnEvent is told of every [Event], after it happened and in the goroutine where
	// it happened. It may use the session it is told of. Default: nobody is told.
	OnEvent func(context.Context, Event)
	// Logger gets every event as a record: store errors at level Error; corrupt
	// records and lost changes at Warn; logins, the ends of sessions, refused requests
	// and discarded saves at Info; the rest at Debug. Rejected cookies are counted at
	// Info, once a minute at most. Default [slog.Default] at the time of the event.
	Logger *slog.Logger

	// ErrorPage answers a person whose request failed, in net/http: status is
	// 503 or 500 if the session could not be read or saved, 401 without a
	// login, 403 for another origin. r carries the session, except with 403.
	// Other frameworks use their own error handler. Programs get JSON in each.
	// Default: a line of text.
	ErrorPage func(w http.ResponseWriter, r *http.Request, status int, err error)
}

// A Guest is a session without a login, in [Options].
type Guest struct {
	// Lifetimes of a guest. Default: [Options.IdleTimeout] and
	// [Options.AbsoluteTimeout], without Locks.
	Lifetimes
	// MaxBytes limits what a guest holds, as [Options.MaxBytes] does, which is the
	// default.
	MaxBytes int
	// MaxKeys limits a guest's keys. Default [Options.MaxKeys].
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

// An AtLimit is what happens to a login that exceeds [Options.MaxSessions].
type AtLimit int

const (
	// EndOldest ends the session whose login is the longest ago.
	EndOldest AtLimit = iota
	// RefuseLogin ends the new session. The save fails with [ErrTooManySessions],
	// and the response has the status 409. Of logins in the same millisecond, one
	// that was answered may end with the others.
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
	c.Remember = c.Remember.or(Lifetimes{Idle: 14 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour})
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
		return fmt.Errorf("session: absolute timeout %v is shorter than the idle timeout %v", o.AbsoluteTimeout, o.IdleTimeout)
	case o.StoreTimeout < 0:
		return fmt.Errorf("session: store timeout %v is negative", o.StoreTimeout)
	case o.WatchInterval < time.Millisecond:
		return fmt.Errorf("session: WatchInterval %v is shorter than a millisecond", o.WatchInterval)
	case strings.ContainsFunc(o.ClearSiteData, unicode.IsControl):
		return fmt.Errorf("session: ClearSiteData %q is no header value", o.ClearSiteData)
	case o.MaxBytes < 0:
		return fmt.Errorf("session: MaxBytes %d is negative", o.MaxBytes)
	case o.MaxKeys < 0:
		return fmt.Errorf("session: MaxKeys %d is negative", o.MaxKeys)
	case o.Guest.MaxBytes < 0 || o.Guest.MaxBytes > o.MaxBytes:
		return fmt.Errorf("session: Guest.MaxBytes %d is not from 1 to MaxBytes, %d", o.Guest.MaxBytes, o.MaxBytes)
	case o.Guest.MaxKeys < 0 || o.Guest.MaxKeys > o.MaxKeys:
		return fmt.Errorf("session: Guest.MaxKeys %d is not from 1 to MaxKeys, %d", o.Guest.MaxKeys, o.MaxKeys)
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

// lifetimes returns those of a login that is not remembered.
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
