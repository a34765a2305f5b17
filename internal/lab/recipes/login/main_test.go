package main

import (
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

func init() { gin.SetMode(gin.ReleaseMode) }

func TestAUserSignsInAndOut(t *testing.T) {
	v := recipetest.New(t, newApp(sessiontest.New(t, nil)))
	v.Want("a page for users", v.Get("/account?tab=2"), "303 to /login?next=%2Faccount%3Ftab%3D2")
	if page := v.Get("/login?next=%2Faccount%3Ftab%3D2"); !strings.Contains(page.Body, `value="/account?tab=2"`) {
		t.Errorf("the form lacks next: %s", page)
	}
	for _, wrong := range []string{"user=ada&password=guess", "user=eve&password=open+sesame", "user=&password="} {
		v.Want(wrong, v.Post("/login", wrong), "401 …")
	}
	v.Want("after wrong passwords", v.Get("/account"), "303 to /login?next=%2Faccount")

	form := "user=ada&password=open+sesame&next="
	v.Want("another host", v.Post("/login", form+"%2F%2Fevil.example"), "303 to /account")
	v.Want("a login", v.Post("/login", form+"%2Faccount%3Ftab%3D2"), "303 to /account?tab=2")
	if page := v.Get("/account?tab=2"); !strings.Contains(page.Body, "Hello ada") {
		t.Errorf("the account: %s", page)
	}
	v.Want("another browser", v.Other().Get("/account"), "303 to /login?next=%2Faccount")
	v.Want("the logout", v.Post("/logout", ""), "303 to /login")
	v.Want("after the logout", v.Get("/account"), "303 to /login?next=%2Faccount")
}

func TestMainServesTheApp(t *testing.T) {
	v := recipetest.Run(t, main, "REDIS_URL", redistest.Start(t).URL())
	v.Want("a page for users", v.Get("/account"), "303 to /login?next=%2Faccount")
}
