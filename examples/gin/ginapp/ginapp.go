// Package ginapp is a small application with a login, on Gin.
package ginapp

import (
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/ginsession"
)

// release is once for all, because Gin's mode is not safe for concurrent use.
var release = sync.OnceFunc(func() { gin.SetMode(gin.ReleaseMode) })

// New returns the application's server.
func New(s *site.Site) site.Server {
	a := app{s.Pages("Gin")}
	release()
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
	r.GET("/devices", loginRequired, a.devices)
	r.POST("/devices/end", loginRequired, a.endDevice)
	r.POST("/devices/end-others", loginRequired, a.endOthers)
	r.POST("/admin/end", loginRequired, a.endUser)
	fresh := core.Guard{LoginURL: "/login", MaxAge: s.Fresh, ConfirmURL: "/confirm"}
	r.GET("/vault", ginsession.LoginRequired(fresh), a.vault)
	r.GET("/confirm", loginRequired, a.confirmPage)
	r.POST("/confirm", loginRequired, a.confirm)

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

func (a app) events(c *gin.Context) {
	a.pages.StreamTo(c.Writer, c.Request, ginsession.From(c))
}

func (a app) loginPage(c *gin.Context) {
	html(c, http.StatusOK, a.pages.Login(site.LoginForm{Next: c.Query("next")}, nil))
}

func (a app) login(c *gin.Context) {
	form := site.LoginForm{
		Name: c.PostForm("name"), Password: c.PostForm("password"),
		Remember: c.PostForm("remember") == "on", Next: c.PostForm("next"),
	}
	if err := site.SignIn(ginsession.From(c), form); err != nil {
		html(c, http.StatusUnauthorized, a.pages.Login(form, err))
		return
	}
	c.Redirect(http.StatusSeeOther, core.NextPath(form.Next, "/"))
}

func (a app) logout(c *gin.Context) {
	ginsession.From(c).Logout()
	c.Redirect(http.StatusSeeOther, "/login")
}

func (a app) devices(c *gin.Context) {
	session := ginsession.From(c)
	devices, err := a.pages.Devices(c.Request.Context(), session)
	if err != nil {
		failed(c, err)
		return
	}
	devices.SetHeaders(c.Header)
	if site.WantsJSON(c.GetHeader("Accept")) {
		c.JSON(http.StatusOK, devices.List)
		return
	}
	html(c, http.StatusOK, a.pages.DevicesPage(session, devices))
}

func (a app) endDevice(c *gin.Context) {
	ended(c, a.pages.EndDevice(c.Request.Context(), ginsession.From(c), c.PostForm("place")))
}

func (a app) endOthers(c *gin.Context) {
	ended(c, a.pages.EndOthers(c.Request.Context(), ginsession.From(c)))
}

func (a app) endUser(c *gin.Context) {
	session := ginsession.From(c)
	if !site.IsAdmin(session) {
		c.String(http.StatusForbidden, "%s\n", site.NotAdmin)
		return
	}
	ended(c, a.pages.EndUser(c.Request.Context(), session, c.PostForm("user")))
}

func ended(c *gin.Context, err error) {
	if err != nil {
		failed(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, core.NextPath(c.PostForm("next"), "/devices"))
}

// failed leaves the answer to errorText.
func failed(c *gin.Context, err error) {
	_ = c.Error(err)
	c.Status(core.HTTPStatus(err))
}

func (a app) vault(c *gin.Context) {
	html(c, http.StatusOK, a.pages.Vault(ginsession.From(c)))
}

func (a app) confirmPage(c *gin.Context) {
	html(c, http.StatusOK, a.pages.Confirm(ginsession.From(c), c.Query("next"), nil))
}

func (a app) confirm(c *gin.Context) {
	session, next := ginsession.From(c), c.PostForm("next")
	if err := site.Confirm(session, c.PostForm("password")); err != nil {
		html(c, http.StatusUnauthorized, a.pages.Confirm(session, next, err))
		return
	}
	c.Redirect(http.StatusSeeOther, core.NextPath(next, "/"))
}

func html(c *gin.Context, status int, page site.Page) {
	page.SetHeaders(c.Header)
	c.Data(status, "text/html; charset=utf-8", page.HTML)
}

// errorText answers for handlers that failed: Gin itself sends the status and an empty page.
func errorText(c *gin.Context) {
	c.Next()
	if status := c.Writer.Status(); len(c.Errors) > 0 && !c.Writer.Written() {
		c.String(status, "%s\n", core.ErrorText(status))
	}
}
