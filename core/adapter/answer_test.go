package adapter_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/ringsession/ringsession/core/adapter"
)

func TestAnswers(t *testing.T) {
	refused := func(status int, location string) error { return &adapter.Refusal{Status: status, Location: location} }
	for _, test := range []struct {
		name   string
		err    error
		accept string
		want   adapter.Answer
	}{
		{"people", refused(401, ""), "text/html", adapter.Answer{
			Status: 401, Type: "text/plain; charset=utf-8", Body: "Login required.\n", Page: true,
		}},
		{"people at another origin", refused(403, ""), "text/html", adapter.Answer{
			Status: 403, Type: "text/plain; charset=utf-8", Body: "This cross-origin request was refused.\n", Page: true,
		}},
		{"people on their way", refused(303, "/login"), "text/html", adapter.Answer{Status: 303, Location: "/login"}},
		{"programs", refused(401, ""), "*/*", adapter.Answer{
			Status: 401, Type: "application/json", Body: `{"error":"Login required."}` + "\n",
		}},
		{"programs and a mistake", errors.New("mistake"), "", adapter.Answer{
			Status: 500, Type: "application/json", Body: `{"error":"The session could not be saved."}` + "\n",
		}},
		{"a preflight", refused(204, ""), "*/*", adapter.Answer{Status: 204}},
	} {
		r := adapter.NewRequest(&http.Request{Header: http.Header{"Accept": {test.accept}}})
		if got := adapter.NewAnswer(test.err, r); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// A foreign error, of an encoder for instance, may have such a method too.
type foreign struct{ error }

func (foreign) HTTPStatus() int { return http.StatusOK }

func TestForeignErrorsChooseNoStatus(t *testing.T) {
	if got := adapter.HTTPStatus(foreign{errors.New("x")}); got != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", got)
	}
}
