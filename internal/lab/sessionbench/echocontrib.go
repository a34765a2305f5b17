package main

import (
	"github.com/gorilla/sessions"
	"github.com/labstack/echo-contrib/session"
	"github.com/labstack/echo/v4"
)

// echoContribSubjects are github.com/labstack/echo-contrib/session with the store of gorillaSubjects.
var echoContribSubjects = []subject{
	{name: "echo-contrib + redistore", kind: other, framework: "Echo", open: echoContribSite(false)},
	{name: "echo-contrib + redistore, saved", kind: other, framework: "Echo", slides: true, open: echoContribSite(true), only: reading},
}

func echoContribSite(saved bool) func([]string) (site, error) {
	return func(addrs []string) (site, error) {
		store, err := newRediStore(addrs[0])
		if err != nil {
			return nil, err
		}
		get := func(c echo.Context) *sessions.Session { s, _ := session.Get(sessionName, c); return s }
		save := func(c echo.Context, s *sessions.Session) error { return s.Save(c.Request(), c.Response()) }
		return echoSite(session.Middleware(store), gorillaWork(get, save, saved)), nil
	}
}
