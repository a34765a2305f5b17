package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/ringsession/ringsession/core"
)

// Stream is the answer of /events: server-sent events that say what /whoami says, now, when another request has changed
// that, and every [Site.Interval] as a sign of life. Each is given to send, which writes and flushes it. The stream ends when
// send fails, ctx is done or the server shuts down.
//
// It ends as well when the session has ended, is locked or has a new id: a browser comes again with the cookie that it has by
// then, and gets 401 after a logout. The stream does not keep the session alive.
func (p Pages) Stream(ctx context.Context, session *core.Session, send func(event []byte) error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(p.site.running, stop)()
	for {
		text, err := json.Marshal(p.Whoami(session))
		if err != nil {
			panic(err) // it has strings and numbers only
		}
		if send(fmt.Appendf(nil, "data: %s\n\n", text)) != nil {
			return
		}
		interval, cancel := context.WithTimeout(ctx, p.site.Interval)
		err = session.Wait(interval)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return
		}
	}
}

// StreamTo answers a request of net/http with a [Pages.Stream].
func (p Pages) StreamTo(w http.ResponseWriter, r *http.Request, session *core.Session) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	p.Stream(r.Context(), session, func(event []byte) error {
		if _, err := w.Write(event); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	})
}
