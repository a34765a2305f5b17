package ginsession_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/internal/chaintest"
)

// outside is a middleware that looks at the context when all others have returned.
func outside(look func(c *gin.Context)) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		look(c)
	}
}

func login(c *gin.Context) { ginsession.From(c).Login("ada") }
func change(c *gin.Context) {
	chaintest.Clicks.Set(ginsession.From(c), 1)
	c.String(http.StatusOK, "changed")
}

func TestTheCauseOfARefusalIsAmongTheErrorsOnce(t *testing.T) {
	store := new(chaintest.Store)
	var told []error
	note := func(c *gin.Context) {
		told = nil
		for _, err := range c.Errors {
			told = append(told, err)
		}
	}
	r := gin.New()
	r.Use(outside(note), ginsession.Middleware(chaintest.Manager(store)))
	r.GET("/login", login)
	r.GET("/change", change)
	r.GET("/silent", func(c *gin.Context) { chaintest.Clicks.Set(ginsession.From(c), 1) })
	r.GET("/guarded", ginsession.LoginRequired(core.Guard{}), change)
	ada := chaintest.Get(r, "/login", nil)

	chaintest.Want(t, "nobody: status", chaintest.Get(r, "/guarded", nil).Code, http.StatusUnauthorized)
	refusal := (*adapter.Refusal)(nil)
	chaintest.Want(t, "nobody: errors", len(told), 1)
	chaintest.Want(t, "nobody: it is the refusal", errors.As(errors.Join(told...), &refusal), true)
	store.Down = true
	for _, path := range []string{"/guarded", "/change", "/silent"} {
		earlier := ada
		if path != "/guarded" {
			earlier = nil
		}
		w := chaintest.Get(r, path, earlier)
		chaintest.Want(t, path+": status", w.Code, http.StatusServiceUnavailable)
		chaintest.Want(t, path+": errors", len(told), 1)
		chaintest.Want(t, path+": the cause is found", errors.Is(errors.Join(told...), chaintest.ErrOutage), true)
		chaintest.Want(t, path+": the client reads of it", strings.Contains(w.Body.String(), "db-7"), false)
	}
}

func TestTheWriterIsRestoredAfterAPanic(t *testing.T) {
	var before, after gin.ResponseWriter
	r := gin.New()
	r.Use(func(c *gin.Context) {
		before = c.Writer
		defer func() {
			_ = recover()
			after = c.Writer
		}()
		c.Next()
	}, ginsession.Middleware(chaintest.Manager(new(chaintest.Store))))
	r.GET("/", func(*gin.Context) { panic("as the test wants it") })
	chaintest.Get(r, "/", nil)
	chaintest.Want(t, "the writer is the one from before", before == after && before != nil, true)
}

func TestASessionIsFoundBelowGroupsAndInCopies(t *testing.T) {
	for _, fallback := range []bool{true, false} {
		r := gin.New()
		r.ContextWithFallback = fallback
		group := r.Group("/shop", ginsession.Middleware(chaintest.Manager(new(chaintest.Store)))).Group("/cart")
		users := make(chan string, 1)
		group.GET("/login", login)
		group.GET("/", func(c *gin.Context) {
			_, direct := core.FromContext(c)
			chaintest.Want(t, "the context of Gin carries the session", direct, fallback)
			copied := c.Copy()
			go func() { users <- ginsession.From(copied).User() }()
		})
		chaintest.Get(r, "/shop/cart/", chaintest.Get(r, "/shop/cart/login", nil))
		chaintest.Want(t, "user in a goroutine", <-users, "ada")
	}
}

// HandleContext may lead to a route past the middleware, if that is mounted on a group. Then the headers leave without it.
func TestAChangeWhoseCookieLeftWithoutUsIsLostAndReported(t *testing.T) {
	store := memstore.New()
	m, told := telling(t, store)
	r := gin.New()
	r.GET("/bare", func(c *gin.Context) { c.String(http.StatusOK, "bare") })
	r.GET("/login", ginsession.Middleware(m), func(c *gin.Context) {
		login(c)
		c.Request.URL.Path = "/bare"
		r.HandleContext(c)
	})
	w := chaintest.Get(r, "/login", nil)
	chaintest.Want(t, "cookies", len(w.Result().Cookies()), 0)
	chaintest.Want(t, "stored sessions", store.Len(), 0)
	chaintest.Want(t, "events", len(told), 1)
	for range len(told) {
		chaintest.Want(t, "the event", errors.Is((<-told).Err, core.ErrTooLate), true)
	}
}

// zipped wraps the writer as middleware for compression does.
func zipped(c *gin.Context) {
	before := c.Writer
	z := gzip.NewWriter(before)
	c.Header("Content-Encoding", "gzip")
	c.Writer = &zipWriter{before, z}
	defer func() {
		_ = z.Close()
		c.Writer = before
	}()
	c.Next()
}

type zipWriter struct {
	gin.ResponseWriter
	z *gzip.Writer
}

func (w *zipWriter) Write(p []byte) (int, error)          { return w.z.Write(p) }
func (w *zipWriter) WriteString(text string) (int, error) { return io.WriteString(w.z, text) }

func TestMiddlewareThatWrapsTheWriterGoesOnEitherSide(t *testing.T) {
	for _, where := range []string{"outside", "inside"} {
		store := new(chaintest.Store)
		chain := []gin.HandlerFunc{zipped, ginsession.Middleware(chaintest.Manager(store))}
		if where == "inside" {
			slices.Reverse(chain)
		}
		r := gin.New()
		r.Use(chain...)
		r.GET("/", change)
		chaintest.Wrapped(t, where, r, store, "changed", "")
	}
}

// telling returns a Manager and its events, but for those of reads.
func telling(t *testing.T, store *memstore.Store) (*core.Manager, <-chan core.Event) {
	t.Helper()
	told := make(chan core.Event, 10)
	m, err := core.New(store, bytes.Repeat([]byte("s"), 32), &core.Options{
		Logger: slog.New(slog.DiscardHandler),
		OnEvent: func(_ context.Context, e core.Event) {
			if e.Kind != core.EventLoaded {
				told <- e
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, told
}

func TestAChangeInOuterMiddlewareIsStoredOrReported(t *testing.T) {
	m, told := telling(t, memstore.New())
	r := gin.New()
	r.Use(outside(func(c *gin.Context) {
		if len(c.Errors) > 0 {
			chaintest.Clicks.Set(ginsession.From(c), 1)
			c.String(http.StatusTeapot, "sorry")
		}
	}), ginsession.Middleware(m))
	r.GET("/login", login)
	r.GET("/error", func(c *gin.Context) { _ = c.Error(errors.New("as the test wants it")) })
	server := httptest.NewServer(r)
	defer server.Close()
	ask := func(path string, cookies ...*http.Cookie) *http.Response {
		request := chaintest.Request(path, cookies)
		request.RequestURI = ""
		var err error
		if request.URL, err = url.Parse(server.URL + path); err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer
	}

	w := ask("/error")
	chaintest.Want(t, "a new visitor: status", w.StatusCode, http.StatusTeapot)
	chaintest.Want(t, "a new visitor: cookies", len(w.Cookies()), 0)
	var lost core.Event
	select {
	case lost = <-told:
	case <-time.After(10 * time.Second):
	}
	chaintest.Want(t, "a new visitor: event", lost.Kind, core.EventLost)
	chaintest.Want(t, "a new visitor: the error", errors.Is(lost.Err, core.ErrTooLate), true)

	ada := ask("/login").Cookies()
	chaintest.Want(t, "ada: event", (<-told).Kind, core.EventCreated)
	chaintest.Want(t, "ada: status", ask("/error", ada...).StatusCode, http.StatusTeapot)
	begun := time.Now()
	for kept := 0; kept != 1; { // when the server has ended the request
		if time.Since(begun) > 10*time.Second {
			t.Fatal("ada: the change is not stored")
		}
		s := m.Start(t.Context(), ada[0].Name+"="+ada[0].Value)
		kept, _ = chaintest.Clicks.Get(s)
	}
	chaintest.Want(t, "ada: events", len(told), 0)
}

// H38: Gin cannot have a wildcard at / beside other routes, so files are served
// where it has no route.
func TestNoSpellingOfAPathLeadsPastAGuard(t *testing.T) {
	dir := chaintest.Folder(t, "admin/f", "pub/f")
	r := gin.New()
	r.Use(ginsession.Middleware(chaintest.Manager(new(chaintest.Store))))
	r.Group("/admin", ginsession.LoginRequired(core.Guard{})).GET("/*file", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.GET("/item/:id", func(c *gin.Context) { c.String(http.StatusOK, "an item") })
	r.NoRoute(gin.WrapH(http.FileServer(http.Dir(dir))))
	chaintest.EachPath(3, func(path string) {
		if body := chaintest.Ask(r, path); strings.Contains(body, "this is admin") {
			t.Errorf("%s: %q", path, body)
		}
	})
	for path, want := range map[string]string{"/pub/f": "this is pub/f", "/pub/%66": "this is pub/f", "/item/a..b": "an item", "/item/...": "an item"} {
		chaintest.Want(t, path, chaintest.Ask(r, path), want)
	}
}
