package adapter

import (
	"encoding/json"
	"errors"
	"net/http"
)

// ErrorText returns a sentence for a client that gets this status from
// [HTTPStatus]. It is enough to know whether to try again. It has no details of
// the servers.
func ErrorText(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "Login required."
	case http.StatusForbidden:
		return "This cross-origin request was refused."
	case http.StatusConflict:
		return "You are signed in on as many devices as allowed."
	case http.StatusServiceUnavailable:
		return "Sessions are unavailable for the moment. Please try again."
	}
	return "The session could not be saved."
}

// An Answer is the response that a client gets in place of the handler's.
type Answer struct {
	Status     int
	Location   string // the target of a redirect
	Type, Body string // Type is the Content-Type of Body; both may be empty

	// Page means that a person will read the answer. The application's error
	// page may replace it. Programs get this Body, the same in every framework.
	Page bool
}

// NewAnswer returns the answer to a request that failed with err: a redirect, a
// line of text for people, or {"error": "…"} for programs. If a login lacks
// something, the JSON also has "needs"; see [Need].
func NewAnswer(err error, r Request) Answer {
	a := Answer{Status: HTTPStatus(err)}
	body := struct {
		Error string `json:"error"`
		Needs Need   `json:"needs,omitempty"`
	}{Error: ErrorText(a.Status)}
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		a.Location, body.Needs = refusal.Location, refusal.Needs
	}
	switch {
	case a.Location != "" || a.Status == http.StatusNoContent:
	case IsNavigation(r):
		a.Page, a.Type, a.Body = true, "text/plain; charset=utf-8", body.Error+"\n"
	default:
		object, _ := json.Marshal(body)
		a.Type, a.Body = "application/json", string(object)+"\n"
	}
	return a
}

// Apply adds the headers of the answer. They forbid every cache to store it.
func (a Answer) Apply(to Header) {
	to.Set("Cache-Control", "no-store")
	if a.Location != "" {
		to.Set("Location", a.Location)
	}
	if a.Body != "" {
		to.Set("Content-Type", a.Type)
		to.Set("X-Content-Type-Options", "nosniff")
	}
}
