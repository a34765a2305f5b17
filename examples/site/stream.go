package site

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ringsession/ringsession/core"
)

// Stream is the answer of /events: server-sent events that say, now and after every [Site.Interval], what /whoami says by then. Each is given
// to send, which writes and flushes it; the stream ends when send fails, ctx is done or the server shuts down.
//
// It reads the session that the Cookie headers name, and neither changes it nor keeps it alive. When that session has ended,
// or has a new id, the stream ends: a browser comes again with the cookie that it has by then, and gets 401 after a logout. A
// session that cannot be read for the moment has not ended.
func (p Pages) Stream(ctx context.Context, cookies []string, send func(event []byte) error) {
	ticker := time.NewTicker(p.site.Interval)
	defer ticker.Stop()
	for {
		event, ended := p.event(ctx, cookies)
		if ended || send(event) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-p.site.ending:
			return
		case <-ticker.C:
		}
	}
}

// event looks at the session through a new [core.Session], which is never committed.
func (p Pages) event(ctx context.Context, cookies []string) (event []byte, ended bool) {
	session := p.site.Sessions.Start(ctx, cookies...)
	if err := session.Load(ctx); err != nil {
		return []byte(": " + core.ErrorText(core.HTTPStatus(err)) + "\n\n"), false
	}
	if session.User() == "" {
		return nil, true
	}
	text, err := json.Marshal(p.Whoami(session))
	if err != nil {
		panic(err) // it has strings and numbers only
	}
	return fmt.Appendf(nil, "data: %s\n\n", text), false
}

// StreamTo answers a request of net/http with a [Pages.Stream].
func (p Pages) StreamTo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	p.Stream(r.Context(), r.Header["Cookie"], func(event []byte) error {
		if _, err := w.Write(event); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	})
}
