// Package takeover lets the sessions of another library go on in ringsession.
// It is not part of the library: copy it into the program that changes, and
// delete it when no old session is left.
package takeover

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// A Bridge takes each old session over once, however many requests bring its
// cookie at the same time, to however many processes. A note in Redis holds the
// new cookie. Its name is a hash of the old cookie, and its text is encrypted
// with a key that only Secret and the old cookie together give.
type Bridge struct {
	Sessions *core.Manager
	Redis    redis.UniversalClient // keeps the notes; the same server for all processes
	Secret   []byte                // that of Sessions; it stays the same while there are notes
	// Lifetime is how long an old session can live, at least a minute. Notes live as
	// long.
	Lifetime time.Duration
}

// grace is how long the old cookie still leads to the new one: for requests
// that were sent together, and for a browser that did not get the answer. It is
// short because somebody may have copied the old cookie.
const grace = time.Minute

// Cookies returns the Set-Cookie lines of the session that the old one becomes,
// or none if the request is to be left alone: it has a login already, or
// nothing of the old session is left to take over. If the session was not taken
// over yet, it calls read to fill the new one; what read sets and who it logs
// in is taken over. Then it calls end, which ends the old session. Both may run
// again, after an error or in another request.
func (b Bridge) Cookies(
	ctx context.Context, r adapter.Request, old string,
	read func(*core.Session) error, end func() error,
) (lines []string, err error) {
	defer func() {
		if errors.As(err, new(outage)) { // core reports its own errors.
			slog.ErrorContext(ctx, err.Error())
		}
	}()
	if b.Lifetime < grace {
		return nil, fmt.Errorf("takeover: the lifetime %v is shorter than %v", b.Lifetime, grace)
	}
	now := b.Sessions.Start(ctx, r.Cookies()...)
	if now.User() != "" || now.Err() != nil {
		return nil, now.Err()
	}
	lines, found, err := b.note(ctx, old)
	if err == nil && !found {
		lines, err = b.begin(ctx, r, old, read)
	}
	if err != nil || lines == nil {
		return nil, err
	}
	next := b.session(ctx, lines)
	if next.IsNew() || next.ID().Place == now.ID().Place {
		return nil, next.Err()
	}
	if err := end(); err != nil {
		return nil, outage{fmt.Errorf("takeover: end the old session: %w", err)}
	}
	return lines, nil
}

// begin makes the new session and notes its cookie.
func (b Bridge) begin(
	ctx context.Context, r adapter.Request, old string, read func(*core.Session) error,
) ([]string, error) {
	x, err := b.Sessions.Begin(ctx, bare{r})
	if err != nil {
		return nil, err
	}
	s, _ := b.Sessions.FromContext(x.Context(ctx))
	if err := read(s); err != nil {
		return nil, outage{fmt.Errorf("takeover: read the old session: %w", err)}
	}
	headers, err := x.Commit()
	if err != nil || headers.SetCookie == nil {
		return nil, err
	}
	note := b.seal(old, headers.SetCookie)
	won, err := b.Redis.SetNX(ctx, b.name(old), note, b.Lifetime).Result()
	if err != nil {
		return nil, outage{fmt.Errorf("takeover: write the note: %w", err)}
	}
	if won {
		return headers.SetCookie, nil
	}
	// Another request was faster, or this one: the client repeats a command whose reply
	// is lost.
	first, _, err := b.note(ctx, old)
	if err != nil || slices.Equal(first, headers.SetCookie) {
		return first, err
	}
	double := b.session(ctx, headers.SetCookie)
	double.Destroy()
	return first, double.Save(ctx)
}

// session returns the session of the Set-Cookie lines.
func (b Bridge) session(ctx context.Context, lines []string) *core.Session {
	pairs := make([]string, len(lines))
	for i, line := range lines {
		pairs[i], _, _ = strings.Cut(line, ";")
	}
	return b.Sessions.Start(ctx, strings.Join(pairs, "; "))
}

// note reports whether the old session was taken over, and returns the lines if
// that was a moment ago.
func (b Bridge) note(ctx context.Context, old string) (lines []string, found bool, err error) {
	pipe := b.Redis.Pipeline()
	text, left := pipe.Get(ctx, b.name(old)), pipe.PTTL(ctx, b.name(old))
	switch _, err := pipe.Exec(ctx); {
	case errors.Is(err, redis.Nil):
		return nil, false, nil
	case err != nil:
		return nil, false, outage{fmt.Errorf("takeover: read the note: %w", err)}
	case b.Lifetime-left.Val() > grace:
		return nil, true, nil
	}
	plain, err := b.cipher(old).Open(nil, nil, []byte(text.Val()), nil)
	if err != nil {
		return nil, false, fmt.Errorf("takeover: open the note: %w", err)
	}
	return strings.Split(string(plain), "\n"), true, nil
}

func (b Bridge) name(old string) string {
	return "takeover:" + base64.RawURLEncoding.EncodeToString(b.derive("name of a note", old))
}

func (b Bridge) seal(old string, lines []string) []byte {
	return b.cipher(old).Seal(nil, nil, []byte(strings.Join(lines, "\n")), nil)
}

func (b Bridge) cipher(old string) cipher.AEAD {
	block, err := aes.NewCipher(b.derive("key of a note", old))
	if err != nil {
		panic(err) // It is about the length of the key, which is that of SHA-256.
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// derive hashes nothing that core signs with the same secret: a cookie's name
// has no space.
func (b Bridge) derive(use, old string) []byte {
	mac := hmac.New(sha256.New, b.Secret)
	_, _ = io.WriteString(mac, use+"="+old)
	return mac.Sum(nil)
}

// bare is a request without its cookies: a session that is taken over is a new
// one.
type bare struct{ adapter.Request }

func (bare) Cookies() []string { return nil }

// An outage is an error that is answered with 503.
type outage struct{ error }

func (o outage) Unwrap() error            { return o.error }
func (outage) HTTPStatus() adapter.Status { return 503 }
