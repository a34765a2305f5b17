package main

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

// The program of the README, as it stands there.
func TestTheProgramOfTheReadme(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	v := recipetest.Run(t, main, "REDIS_URL", redistest.Start(t).URL())
	v.Want("a stranger", v.Get("/"), "303 to /login?next=%2F")
	if page := v.Get("/login?next=%2F"); !strings.Contains(page.Body, "<form") {
		t.Errorf("the login page: %s", page)
	}
	v.Want("a wrong password", v.Post("/login?next=%2F", "user=ada&password=guess"), "303 to /")
	v.Want("still a stranger", v.Get("/"), "303 to /login?next=%2F")

	login := v.Post("/login?next=%2F", "user=ada&password=secret")
	v.Want("a login", login, "303 to /")
	// The visitor's jar keeps no Secure cookie without TLS, as browsers do on localhost.
	cookie, _, _ := strings.Cut(login.Header.Get("Set-Cookie"), ";")
	v.Want("the first visit", v.Get("/", "Cookie", cookie), "200 Hello ada, visit 1")
	v.Want("the second", v.Get("/", "Cookie", cookie), "200 Hello ada, visit 2")
}
