package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

// signIn returns so many browsers in which ada is signed in.
func signIn(v *recipetest.Visitor, n int) []*recipetest.Visitor {
	var all []*recipetest.Visitor
	for range n {
		other := v.Other()
		other.Want("a login", other.Post("/login", "user=ada"), "303 to /devices")
		all = append(all, other)
	}
	return all
}

const signedOut = "303 to /login?next=%2Fdevices"

func TestDevicesAreListedAndSignedOut(t *testing.T) {
	v := recipetest.New(t, newApp(sessiontest.New(t, nil)))
	eve := v.Other()
	eve.Post("/login", "user=eve")
	ada := signIn(v, 4)
	list := ada[0].Get("/devices").Body
	if strings.Count(list, "Firefox on Linux, last used") != 4 || strings.Count(list, ", this one") != 1 {
		t.Errorf("the list is\n%s", list)
	}
	own := regexp.MustCompile(`this one\n<button name="place" value="([^"]+)"`).FindStringSubmatch(ada[1].Get("/devices").Body)
	if own == nil {
		t.Fatal("the list has not the visitor's own session")
	}
	eve.Want("somebody else's device", eve.Post("/devices/end", "place="+own[1]), "303 to /devices")
	ada[1].Want("the device", ada[1].Get("/devices"), "200 …")
	ada[0].Want("one device", ada[0].Post("/devices/end", "place="+own[1]), "303 to /devices")
	ada[1].Want("the device that was ended", ada[1].Get("/devices"), signedOut)

	ada[0].Want("a new password", ada[0].Post("/password", ""), "303 to /devices")
	ada[2].Want("another device afterwards", ada[2].Get("/devices"), signedOut)
	ada[0].Want("this one", ada[0].Get("/devices"), "200 …")

	more := signIn(v, 2)
	more[0].Want("the others", more[0].Post("/devices/end-others", ""), "303 to /devices")
	for _, other := range []*recipetest.Visitor{ada[0], more[1]} {
		other.Want("another device", other.Get("/devices"), signedOut)
	}
	last := signIn(v, 1)[0]
	end := last.Post("/devices/end-all", "")
	if cookie := end.Header.Get("Set-Cookie"); !strings.Contains(cookie, "Max-Age=0") {
		t.Errorf("the cookie stays: %q", cookie)
	}
	for _, device := range []*recipetest.Visitor{last, more[0]} {
		device.Want("after all were ended", device.Get("/devices"), signedOut)
	}
	eve.Want("somebody else", eve.Get("/devices"), "200 …")
}

// A shard that does not answer is named, and its sessions end when it is back.
func TestAShardIsAway(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	store, err := redisstore.Open(t.Context(), []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(a.URL())}, {Name: "b", URL: redisstore.NewURL(b.URL())}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	sessions, err := core.New(store, []byte("a secret of at least 32 bytes, for a test"), nil)
	if err != nil {
		t.Fatal(err)
	}
	v := recipetest.New(t, newApp(sessions))
	on := map[string]*recipetest.Visitor{}
	for len(on) < 2 {
		device := signIn(v, 1)[0]
		list, err := sessions.Of(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if strings.Contains(device.Get("/devices").Body, fmt.Sprintf("this one\n<button name=\"place\" value=%q", s.Place)) {
				on[s.Shard] = device
			}
		}
	}
	b.Pause()
	if page := on["a"].Get("/devices").Body; !strings.Contains(page, "Devices on b are not listed") {
		t.Errorf("the page is\n%s", page)
	}
	on["a"].Want("the others", on["a"].Post("/devices/end-others", ""), "202 Some devices are signed out in a moment.")
	on["b"].Want("a device on the shard", on["b"].Get("/devices"), "503 …")
	b.Resume()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if got := on["b"].Get("/devices"); got.String() == signedOut {
			break
		} else if got.Status == 200 || time.Now().After(deadline) {
			t.Fatalf("the device has %s", got)
		}
	}
	on["a"].Want("this device", on["a"].Get("/devices"), "200 …")
}

func TestMainServesTheApp(t *testing.T) {
	v := recipetest.Run(t, main, "REDIS_URL", redistest.Start(t).URL()+"?name=a")
	v.Want("a login", v.Post("/login", "user=ada"), "303 to /devices")
}
