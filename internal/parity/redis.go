package parity

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
)

// OnRedis tests an adapter in two processes that share two Redis servers: a login
// counts in both, each sees what the other wrote, a server that is down is a 503 and
// no logout, and a logout ends the session.
func OnRedis(t *testing.T, serve Serve) {
	servers := []*redistest.Server{redistest.Start(t), redistest.Start(t)}
	var addresses []string
	for range 2 {
		addresses = append(addresses, serve(t, visit, manager(t, servers)))
	}
	cookies := map[string]string{}
	want := func(process int, do, want string) {
		t.Helper()
		text, err := Get(http.DefaultClient, addresses[process]+"/ada?do="+do, "ada", cookies)
		if err != nil && strings.HasSuffix(err.Error(), want) {
			return
		}
		if err != nil || text != want {
			t.Errorf("%s in process %d: %q, %v; want %q", do, process, text, err, want)
		}
	}
	want(0, "read", `user "", clicks 0`)
	want(0, "login", `user "ada", clicks 0`)
	want(1, "click", `user "ada", clicks 1`)
	want(0, "click", `user "ada", clicks 2`)
	for _, server := range servers {
		server.Pause()
	}
	for _, do := range []string{"read", "click", "logout"} {
		want(1, do, "503 Service Unavailable")
	}
	for _, server := range servers {
		server.Resume()
	}
	for process, address := range addresses { // until its breakers have closed
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
			if _, err := Get(http.DefaultClient, address+"/ada?do=read", "ada", cookies); err == nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		want(process, "read", `user "ada", clicks 2`)
	}
	former := cookies["ada"]
	want(1, "logout", `user "", clicks 0`)
	cookies["ada"] = former
	want(0, "read", `user "", clicks 0`)
}

func manager(t *testing.T, servers []*redistest.Server) *core.Manager {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	var shards []redisstore.Shard
	for i, server := range servers {
		shards = append(shards, redisstore.Shard{Name: fmt.Sprint("shard", i), URL: redisstore.NewURL(server.URL())})
	}
	keep, err := redisstore.Open(t.Context(), shards, &redisstore.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keep.Close() })
	m, err := core.New(keep, secret, &core.Options{Cookie: core.Cookie{InsecureCookie: true}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const clicks core.Key[int] = "clicks"

// visit is the handler in all frameworks.
func visit(x Exchange) {
	s := x.Session()
	switch x.Query("do") {
	case "login":
		s.Login(x.User())
	case "click":
		n, _ := clicks.Get(s)
		clicks.Set(s, n+1)
	case "logout":
		s.Logout()
		_ = s.Save(context.Background()) // else User reads what it was
	}
	n, _ := clicks.Get(s)
	x.Text(fmt.Sprintf("user %q, clicks %d", s.User(), n))
}
