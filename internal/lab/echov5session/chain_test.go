package echov5session_test

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/internal/chaintest"
	"github.com/ringsession/ringsession/internal/lab/echov5session"
)

// H32: middleware that wraps the writer sends its 200 when the handler has
// returned, so an error page that comes later would be lost.
func TestMiddlewareThatWrapsTheWriterGoesOnEitherSide(t *testing.T) {
	for name, wrap := range map[string]echo.MiddlewareFunc{
		"gzip":            middleware.Gzip(),
		"net/http's gzip": echo.WrapMiddleware(zipped),
		"a time limit": echo.WrapMiddleware(func(h http.Handler) http.Handler {
			return http.TimeoutHandler(h, time.Minute, "late")
		}),
	} {
		for _, place := range []string{"outside", "inside"} {
			store := new(chaintest.Store)
			chain := []echo.MiddlewareFunc{wrap, echov5session.Middleware(chaintest.Manager(t, store))}
			if place == "inside" {
				chain[0], chain[1] = chain[1], chain[0]
			}
			e := echo.New()
			e.Logger = slog.New(slog.DiscardHandler)
			e.Use(chain...)
			e.GET("/", func(c *echo.Context) error {
				chaintest.Clicks.Set(echov5session.From(c), 1)
				c.Response().Header().Set("X-Handler", "was here")
				return c.String(http.StatusOK, "changed")
			})
			e.GET("/guarded", func(c *echo.Context) error { return c.String(http.StatusOK, "secret") },
				echov5session.LoginRequired(core.Guard{}))

			for _, row := range []struct {
				path, accept string
				down         bool
				status       int
				body         string
			}{
				{"/", "text/html", false, http.StatusOK, "changed"},
				{"/guarded", "text/html", false, http.StatusUnauthorized, adapter.ErrorText(http.StatusUnauthorized)},
				{"/guarded", "*/*", false, http.StatusUnauthorized, adapter.ErrorText(http.StatusUnauthorized)},
				{"/", "text/html", true, http.StatusServiceUnavailable, adapter.ErrorText(http.StatusServiceUnavailable)},
				{"/", "*/*", true, http.StatusServiceUnavailable, adapter.ErrorText(http.StatusServiceUnavailable)},
			} {
				what := name + " " + place + ": " + row.path + " " + row.accept
				store.Down = row.down
				request := chaintest.Request(row.path, nil, "Accept-Encoding", "gzip")
				request.Header.Set("Accept", row.accept)
				w := httptest.NewRecorder()
				e.ServeHTTP(w, request)
				chaintest.Want(t, what+": status", w.Code, row.status)
				chaintest.Want(t, what+": has a cookie", len(w.Result().Cookies()) > 0, row.body == "changed")
				chaintest.Want(t, what+": handler's header", w.Header().Get("X-Handler") != "", row.body == "changed")
				body := plain(t, w)
				chaintest.Want(t, what+": body "+body, strings.Count(body, row.body), 1)
			}
		}
	}
}

func zipped(next http.Handler) http.Handler {
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

// plain returns the body as the client understands it.
func plain(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.String()
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Errorf("the body is no gzip: %v", err)
		return ""
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Errorf("the gzip breaks off: %v", err)
	}
	return string(text)
}
