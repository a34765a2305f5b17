package core

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// Options change what [New] does by default. The zero value, and a nil pointer, mean the defaults.
type Options struct {
	// Cookie says how the token travels. Default: see [Cookie].
	Cookie Cookie

	// IdleTimeout ends a session that nobody uses. Default 30 minutes.
	IdleTimeout time.Duration
	// AbsoluteTimeout ends a session this long after its creation or last login, however much it is used. Default 12 hours.
	AbsoluteTimeout time.Duration
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

	// TrustedOrigins, such as "https://admin.example.com", may send unsafe
	// requests (POST, PUT, DELETE) to this site: its other hosts, and identity
	// providers that answer by a form (form_post, SAML). All others get 403;
	// see [Manager.CheckOrigin]. Default: none.
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
	// login, 403 for another origin. Other frameworks use their own error
	// handler. Programs get JSON in each. Default: a line of text.
	ErrorPage func(w http.ResponseWriter, r *http.Request, status int, err error)
}

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
	} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
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
	case strings.ContainsFunc(o.ClearSiteData, unicode.IsControl):
		return fmt.Errorf("session: ClearSiteData %q is no header value", o.ClearSiteData)
	case o.MaxBytes < 0:
		return fmt.Errorf("session: MaxBytes %d is negative", o.MaxBytes)
	case o.MaxKeys < 0:
		return fmt.Errorf("session: MaxKeys %d is negative", o.MaxKeys)
	}
	return o.Cookie.check()
}
