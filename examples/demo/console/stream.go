package console

import (
	"bytes"
	"net/http"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// stream sends the live parts of the page, as HTML, whenever they have changed. It ends with the program, with the visitor,
// and with the session: the browser then comes again, with the cookie that it has by now.
func (c *console) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("retry: 500\n\n"))
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	var id store.ID
	var sent []byte
	for {
		if id == (store.ID{}) {
			session, err := c.visitor(r)
			if err == nil {
				id = session.ID()
			}
		}
		v := c.live(r.Context(), id)
		if next := render("live", v); !bytes.Equal(next, sent) {
			sent = next
			if err := send(w, next); err != nil {
				return
			}
		}
		if id != (store.ID{}) && v.Session.User == "" && !v.Session.Unavailable {
			return
		}
		select {
		case <-c.ctx.Done():
			return
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

// send sends a text of several lines as one event.
func send(w http.ResponseWriter, text []byte) error {
	var event bytes.Buffer
	for line := range bytes.Lines(text) {
		event.WriteString("data: ")
		event.Write(bytes.TrimRight(line, "\n"))
		event.WriteByte('\n')
	}
	event.WriteByte('\n')
	if _, err := w.Write(event.Bytes()); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
