package ginsession_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adaptertest"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/internal/chaintest"
)

func init() { gin.SetMode(gin.ReleaseMode) }

func TestScenarios(t *testing.T) {
	const outside = "its errors become pages outside of Middleware, where the session is stored already"
	for name, fallback := range map[string]bool{"ContextWithFallback off": false, "ContextWithFallback on": true} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, adaptertest.Framework{
				Name: "Gin",
				Serve: func(t testing.TB, ln net.Listener, app adaptertest.App) {
					r := gin.New()
					r.ContextWithFallback = fallback
					mount(r, app)
					adaptertest.Serve(t, ln, r)
				},
				Cannot: map[string]string{
					"change in an error handler":       outside,
					"first change in an error handler": outside,

					"early hints": "its writer notes the status 103 and sends nothing",
				},
			})
		})
	}
}

func TestFromWithoutMiddleware(t *testing.T) {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	chaintest.WithoutMiddleware(t, "ginsession", func() { ginsession.From(c) })
}

func mount(r *gin.Engine, app adaptertest.App) {
	r.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) {
		c.AbortWithStatus(http.StatusInternalServerError)
	}))
	r.Use(func(c *gin.Context) {
		for name, values := range app.OuterHeader {
			c.Writer.Header()[name] = append([]string(nil), values...)
		}
		before := c.Writer
		c.Next()
		if c.Writer != before {
			panic("the writer was not restored")
		}
		if app.OnError != nil && len(c.Errors) > 0 {
			app.OnError(exchange{c, r}, c.Errors.Last())
		}
		if app.ErrorPage != nil && len(c.Errors) > 0 && !c.Writer.Written() {
			c.String(c.Writer.Status(), app.ErrorPage(c.Writer.Status()))
		}
	})
	r.Use(ginsession.Middleware(app.Manager))
	if app.Between != nil {
		r.Use(func(c *gin.Context) { app.Between(exchange{c, r}) }, ginsession.Middleware(app.Manager))
	}
	if app.Inside != nil {
		r.Use(wrap(app.Inside))
	}
	group := r.Group("/")
	for _, route := range app.Routes {
		var handlers []gin.HandlerFunc
		if route.Guard != nil {
			handlers = append(handlers, ginsession.LoginRequired(*route.Guard))
		}
		group.Handle(route.Method, route.Path, append(handlers, handler(r, route))...)
	}
}

func handler(r *gin.Engine, route adaptertest.Route) gin.HandlerFunc {
	if route.Raw != nil {
		return func(c *gin.Context) { route.Raw(c.Writer, c.Request) }
	}
	return func(c *gin.Context) {
		if err := route.Handle(exchange{c, r}); err != nil {
			c.Status(http.StatusInternalServerError) // AbortWithError would send it.
			_ = c.Error(err)
		}
	}
}

// wrap is how programs mount a middleware of net/http; Gin has no function for it.
func wrap(middleware func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		passed := false
		middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			c.Request, passed = r, true
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort()
		}
	}
}

type exchange struct {
	c *gin.Context
	r *gin.Engine
}

func (x exchange) Session() *core.Session       { return ginsession.From(x.c) }
func (x exchange) Context() context.Context     { return x.c.Request.Context() }
func (x exchange) Query(name string) string     { return x.c.Query(name) }
func (x exchange) SetHeader(name, value string) { x.c.Header(name, value) }
func (x exchange) AddHeader(name, value string) { x.c.Writer.Header().Add(name, value) }

func (x exchange) Text(status int, body string) error {
	if body == "" {
		x.c.Status(status)
		return nil
	}
	x.c.String(status, "%s", body)
	return nil
}

func (x exchange) Redirect(status int, location string) error {
	x.c.Redirect(status, location)
	return nil
}

func (x exchange) Forward(path string) error {
	x.c.Request.URL.Path = path
	x.r.HandleContext(x.c)
	return nil
}

func (x exchange) Stream(write func(io.Writer, func() error) error) error {
	return write(x.c.Writer, http.NewResponseController(x.c.Writer).Flush)
}
