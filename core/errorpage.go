package core

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// ErrorText is what a client is told that gets the status from this package: enough to know whether to try again, nothing
// about the servers behind.
func ErrorText(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "Login required."
	case http.StatusServiceUnavailable:
		return "Sessions are unavailable for the moment. Please try again."
	}
	return "The session could not be saved."
}

// WriteError answers a request of net/http whose session failed with err: by [Options.ErrorPage], else with a line of text,
// or with {"error": "…"} to clients that want JSON. A [Refusal] is answered with its own status and location.
func (s *Session) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	status := HTTPStatus(err)
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		status = refusal.Status
		if refusal.Location != "" {
			w.Header().Set("Location", refusal.Location)
			w.WriteHeader(status)
			return
		}
	}
	if page := s.m.opts.ErrorPage; page != nil && status >= http.StatusInternalServerError {
		page(w, r, status, err)
		return
	}
	kind, body := "text/plain; charset=utf-8", ErrorText(status)+"\n"
	if WantsJSON(r.Header.Get) {
		text, _ := json.Marshal(map[string]string{"error": ErrorText(status)})
		kind, body = "application/json", string(text)+"\n"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
