package parity_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	coreadapter "github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/nethttpsession"
)

func init() { gin.SetMode(gin.ReleaseMode) }

// A court hears all parties on one request after the other. It is for one goroutine.
type court struct {
	form    form
	manager *core.Manager
	parties []party

	id      string   // of the session that the handler of the last party found
	reasons []string // of the events of the last party

	verdicts []verdict      // of the last request, by party
	seen     map[string]int // how often the parties agreed on each class
	refused  int            // requests that fasthttp did not take
}

// A party is one way from the bytes of a request to a verdict. It returns the Set-Cookie lines of the response, and whether
// the request reached the adapter at all.
type party struct {
	name string
	ask  func(request) (cookies []string, reached bool)
}

// A request is the same request for each party.
type request struct {
	lines []string      // values of the Cookie headers
	raw   []byte        // the head
	read  *http.Request // as net/http sees it
}

func newCourt(t testing.TB, f form) *court {
	c := &court{form: f, seen: map[string]int{}}
	m, err := core.New(namesake{}, secret, &core.Options{
		Cookie: f.cookie,
		Logger: slog.New(slog.DiscardHandler),
		OnEvent: func(_ context.Context, e core.Event) {
			if e.Kind == core.EventRejected {
				c.reasons = append(c.reasons, e.Reason)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.manager = m
	c.parties = []party{
		{"core", c.core},
		{"net/http", c.served(c.netHTTP())},
		{"Gin", c.served(c.gin())},
		{"Echo", c.served(c.echo())},
		{"Fiber", c.fiber(nil)},
		{"Fiber after its parser", c.fiber(func(fc *fiber.Ctx) error { _ = fc.Cookies("x"); return fc.Next() })},
	}
	return c
}

// agree hears all parties and reports whether they say the same, and nothing that is never right.
func (c *court) agree(lines []string) bool {
	r := newRequest(lines)
	c.verdicts = c.verdicts[:0]
	for i, p := range c.parties {
		c.id, c.reasons = "", c.reasons[:0]
		cookies, reached := p.ask(r)
		v := verdict{c.id, strings.Join(c.reasons, " and "), strings.Join(cookies, "\n")}
		if !reached {
			v = c.verdicts[0]
			if i == len(c.parties)-1 {
				c.refused++
			}
		}
		c.verdicts = append(c.verdicts, v)
	}
	c.seen[c.verdicts[0].class()]++
	for _, v := range c.verdicts {
		if v != c.verdicts[0] || !v.rules() {
			return false
		}
	}
	return true
}

// String tells the verdicts of the last request.
func (c *court) String() string {
	var text strings.Builder
	for i, v := range c.verdicts {
		fmt.Fprintf(&text, "%-25s %v\n", c.parties[i].name, v)
	}
	return text.String()
}

func newRequest(lines []string) request {
	r := request{raw: []byte("GET / HTTP/1.1\r\nHost: app.example\r\n")}
	for _, line := range lines {
		r.raw = append(append(append(r.raw, "Cookie: "...), line...), "\r\n"...)
		// RFC 9112, section 5.2: a fold counts as a space.
		r.lines = append(r.lines, strings.ReplaceAll(line, fold, " "))
	}
	r.raw = append(r.raw, "Accept: */*\r\n\r\n"...)
	var err error
	if r.read, err = http.ReadRequest(bufio.NewReader(bytes.NewReader(r.raw))); err != nil {
		r.read, _ = http.NewRequest(http.MethodGet, "http://app.example/", nil)
		r.read.Header["Cookie"] = r.lines
	}
	return r
}

func (c *court) core(r request) ([]string, bool) {
	ctx := context.Background()
	head := &http.Request{Method: http.MethodGet, Header: http.Header{"Cookie": r.lines}}
	x, err := c.manager.Begin(ctx, coreadapter.NewRequest(head))
	if err != nil {
		return nil, false
	}
	s, _ := core.FromContext(x.Context(ctx))
	c.use(s)
	h, err := x.Commit()
	return h.SetCookie, err == nil
}

func (c *court) served(h http.Handler) func(request) ([]string, bool) {
	return func(r request) ([]string, bool) {
		w := answer{http.Header{}}
		h.ServeHTTP(w, r.read)
		return w.header["Set-Cookie"], true
	}
}

func (c *court) netHTTP() http.Handler {
	return nethttpsession.Middleware(c.manager)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.use(nethttpsession.From(r))
	}))
}

func (c *court) gin() http.Handler {
	r := gin.New()
	r.GET("/", ginsession.Middleware(c.manager), func(gc *gin.Context) { c.use(ginsession.From(gc)) })
	return r
}

func (c *court) echo() http.Handler {
	e := echo.New()
	e.GET("/", func(ec echo.Context) error { c.use(echosession.From(ec)); return nil }, echosession.Middleware(c.manager))
	return e
}

func (c *court) fiber(before fiber.Handler) func(request) ([]string, bool) {
	app := fiber.New()
	if before != nil {
		app.Use(before)
	}
	app.Get("/", fibersession.Middleware(c.manager), func(fc *fiber.Ctx) error { c.use(fibersession.From(fc)); return nil })
	handle := app.Handler()
	var ctx fasthttp.RequestCtx
	ctx.Init(new(fasthttp.Request), nil, nil)
	in := bufio.NewReaderSize(nil, maxHead)
	return func(r request) (cookies []string, reached bool) {
		ctx.Request.Reset()
		ctx.Response.Reset()
		ctx.ResetUserValues()
		in.Reset(bytes.NewReader(r.raw))
		if ctx.Request.Header.Read(in) != nil {
			return nil, false
		}
		handle(&ctx)
		ctx.Response.Header.VisitAllCookie(func(_, line []byte) { cookies = append(cookies, string(line)) })
		return cookies, true
	}
}

// answer is a response whose headers are all that counts.
type answer struct{ header http.Header }

func (a answer) Header() http.Header         { return a.header }
func (a answer) Write(p []byte) (int, error) { return len(p), nil }
func (a answer) WriteHeader(int)             {}

// namesake is a store where every id has a session, whose user is the id.
type namesake struct{ store.Store }

func (namesake) Load(_ context.Context, id store.ID) (*store.Record, error) {
	now := time.Now()
	return &store.Record{
		Login: store.Login{User: id.Place + id.Fingerprint},
		Now:   now, Deadline: now.Add(time.Hour), Idle: time.Hour, Left: time.Hour,
	}, nil
}

func (namesake) Destroy(context.Context, store.ID, time.Duration) (string, error) {
	return "", nil
}
