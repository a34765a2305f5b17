package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

func TestARememberedLoginOutlivesTheDay(t *testing.T) {
	store := memstore.New()
	sessions, err := core.New(store, []byte("a secret of at least 32 bytes, for a test"), options)
	if err != nil {
		t.Fatal(err)
	}
	plain := recipetest.New(t, newApp(sessions))
	kept := plain.Other()
	for form, row := range map[string]struct {
		visitor *recipetest.Visitor
		maxAge  int // of the cookie, in seconds
	}{
		"user=ada&password=open+sesame":             {plain, 0},
		"user=ada&password=open+sesame&remember=on": {kept, 14 * 24 * 60 * 60},
	} {
		row.visitor.Want("the wrong password", row.visitor.Post("/login", "user=ada&password=x"), "401 …")
		reply := row.visitor.Post("/login", form)
		row.visitor.Want(form, reply, "303 to /")
		cookie, err := http.ParseSetCookie(reply.Header.Get("Set-Cookie"))
		if err != nil || cookie.MaxAge != row.maxAge {
			t.Errorf("%s: cookie %v, error %v; want Max-Age %d", form, cookie, err, row.maxAge)
		}
		row.visitor.Want("settings", row.visitor.Get("/settings"), "200 Settings of ada")
	}

	store.Advance(16 * time.Minute)
	kept.Want("stale settings", kept.Get("/settings"), "303 to /confirm?next=%2Fsettings")
	kept.Want("a wrong password", kept.Post("/confirm?next=%2Fsettings", "password=x"), "401 …")
	kept.Want("a password", kept.Post("/confirm?next=%2Fsettings", "password=open+sesame"), "303 to /settings")
	kept.Want("fresh settings", kept.Get("/settings"), "200 Settings of ada")

	store.Advance(13 * 24 * time.Hour)
	plain.Want("without the box", plain.Get("/"), "303 to /login?next=%2F")
	kept.Want("with the box", kept.Get("/"), "200 Hello ada")
	for range 7 { // the last use is never 14 days ago, the login is 90
		store.Advance(11 * 24 * time.Hour)
		kept.Get("/")
	}
	kept.Want("after 90 days", kept.Get("/"), "303 to /login?next=%2F")
}

func TestMainServesTheApp(t *testing.T) {
	v := recipetest.Run(t, main, "REDIS_URL", redistest.Start(t).URL())
	v.Want("a page for users", v.Get("/settings"), "303 to /login?next=%2Fsettings")
}
