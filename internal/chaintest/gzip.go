package chaintest

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Gzip compresses as middleware of net/http does: with a writer of its own that it closes in the end.
func Gzip(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		z := gzip.NewWriter(w)
		defer func() { _ = z.Close() }()
		w.Header().Set("Content-Encoding", "gzip")
		next.ServeHTTP(zipWriter{w, z}, r)
	})
}

type zipWriter struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w zipWriter) Write(p []byte) (int, error) { return w.z.Write(p) }

// Buffer sends what the handler wrote when that has returned, if anything.
func Buffer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buffer := httptest.NewRecorder()
		next.ServeHTTP(buffer, r)
		if buffer.Body.Len() > 0 {
			w.WriteHeader(buffer.Code)
			_, _ = buffer.Body.WriteTo(w)
		}
	})
}

// Wrapped tests a handler that changes its session, with middleware that wraps the writer on either side: it answers with the
// body and a cookie, and without the store with the refusal alone.
func Wrapped(t *testing.T, what string, h http.Handler, store *Store, body, refusal string) {
	t.Helper()
	for _, want := range []struct {
		down            bool
		status, cookies int
		body            string
	}{{false, http.StatusOK, 1, body}, {true, http.StatusServiceUnavailable, 0, refusal}} {
		store.Down = want.down
		w := Get(h, "/", nil)
		Want(t, what+": status", w.Code, want.status)
		Want(t, what+": cookies", len(w.Result().Cookies()), want.cookies)
		Want(t, what+": body", Plain(t, w), want.body)
	}
}

// Plain returns the body as the client understands it.
func Plain(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var body io.Reader = w.Body
	if w.Header().Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			t.Errorf("the body is no gzip: %v", err)
			return ""
		}
		body = z
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Errorf("the body breaks off: %v", err)
	}
	return string(text)
}
