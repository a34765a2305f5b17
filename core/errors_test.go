package core_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// People get the application's page, whatever went wrong; programs never do.
func TestWriteErrorCallsTheErrorPageForPeople(t *testing.T) {
	b := newBrowser(t, &core.Options{ErrorPage: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte("sorry"))
	}})
	for accept, want := range map[string]string{"text/html": "sorry", "*/*": `{"error":"Login required."}` + "\n"} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		b.m.WriteError(w, r, &adapter.Refusal{Status: http.StatusUnauthorized})
		if w.Code != 401 || w.Body.String() != want {
			t.Errorf("%s: %d %q, want 401 %q", accept, w.Code, w.Body, want)
		}
	}
}
