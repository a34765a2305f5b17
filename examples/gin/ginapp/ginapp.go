// Package ginapp is a small application with a login, on Gin.
package ginapp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/ginsession"
)

// New returns the application's server.
func New(s *site.Site) site.Server {
	a := app{s.Pages("Gin")}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.Use(gin.Recovery(), errorText, ginsession.Middleware(s.Sessions))

	loginRequired := ginsession.LoginRequired(core.Guard{LoginURL: "/login"})
	r.GET("/", loginRequired, a.home)
	r.POST("/note", loginRequired, a.note)
	r.POST("/renew", loginRequired, a.renew)
	r.GET("/whoami", ginsession.LoginRequired(core.Guard{}), a.whoami)
	r.GET("/events", ginsession.LoginRequired(core.Guard{}), a.events)
	r.GET("/login", a.loginPage)
	r.POST("/login", a.login)
	r.POST("/logout", a.logout)

	return site.NewServer(r)
}

type app struct{ pages site.Pages }

func (a app) home(c *gin.Context) {
	html(c, http.StatusOK, a.pages.Home(ginsession.From(c)))
}

func (a app) note(c *gin.Context) {
	a.pages.Keep(ginsession.From(c), c.PostForm("note"))
	c.Redirect(http.StatusSeeOther, "/")
}

func (a app) renew(c *gin.Context) {
	a.pages.Renew(ginsession.From(c))
	c.Redirect(http.StatusSeeOther, "/")
}

func (a app) whoami(c *gin.Context) {
	c.JSON(http.StatusOK, a.pages.Whoami(ginsession.From(c)))
}

func (a app) events(c *gin.Context) { a.pages.StreamTo(c.Writer, c.Request) }

func (a app) loginPage(c *gin.Context) {
	html(c, http.StatusOK, a.pages.Login(c.Query("next"), "", nil))
}

func (a app) login(c *gin.Context) {
	name, next := c.PostForm("name"), c.PostForm("next")
	if err := site.SignIn(ginsession.From(c), name, c.PostForm("password")); err != nil {
		html(c, http.StatusUnauthorized, a.pages.Login(next, name, err))
		return
	}
	c.Redirect(http.StatusSeeOther, core.NextPath(next, "/"))
}

func (a app) logout(c *gin.Context) {
	ginsession.From(c).Logout()
	c.Redirect(http.StatusSeeOther, "/login")
}

func html(c *gin.Context, status int, page site.Page) {
	page.SetHeaders(c.Header)
	c.Data(status, "text/html; charset=utf-8", page.HTML)
}

// errorText answers for handlers that failed: Gin itself sends the status and an empty page.
func errorText(c *gin.Context) {
	c.Next()
	if status := c.Writer.Status(); len(c.Errors) > 0 && !c.Writer.Written() {
		c.String(status, "%s\n", adapter.ErrorText(status))
	}
}
