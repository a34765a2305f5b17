package core_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ringsession/ringsession/core"
)

func TestAnswers(t *testing.T) {
	refused := func(status int, location string) error { return &core.Refusal{Status: status, Location: location} }
	for _, test := range []struct {
		name   string
		err    error
		accept string
		want   core.Answer
	}{
		{"people", refused(401, ""), "text/html", core.Answer{
			Status: 401, Type: "text/plain; charset=utf-8", Body: "Login required.\n", Page: true,
		}},
		{"people at another origin", refused(403, ""), "text/html", core.Answer{
			Status: 403, Type: "text/plain; charset=utf-8", Body: "This cross-origin request was refused.\n", Page: true,
		}},
		{"people on their way", refused(303, "/login"), "text/html", core.Answer{Status: 303, Location: "/login"}},
		{"programs", refused(401, ""), "*/*", core.Answer{
			Status: 401, Type: "application/json", Body: `{"error":"Login required."}` + "\n",
		}},
		{"programs and a mistake", errors.New("mistake"), "", core.Answer{
			Status: 500, Type: "application/json", Body: `{"error":"The session could not be saved."}` + "\n",
		}},
		{"a preflight", refused(204, ""), "*/*", core.Answer{Status: 204}},
	} {
		r := fake{header: http.Header{"Accept": {test.accept}}.Get}
		if got := core.NewAnswer(test.err, r); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// People get the application's page, whatever went wrong; programs never do.
func TestWriteErrorCallsTheErrorPageForPeople(t *testing.T) {
	b := newBrowser(t, &core.Options{ErrorPage: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte("sorry"))
	}})
	for accept, want := range map[string]string{"text/html": "sorry", "*/*": `{"error":"Login required."}` + "\n"} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		b.m.WriteError(w, r, &core.Refusal{Status: http.StatusUnauthorized})
		if w.Code != 401 || w.Body.String() != want {
			t.Errorf("%s: %d %q, want 401 %q", accept, w.Code, w.Body, want)
		}
	}
}
