package main

import (
	"strconv"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

func init() { gin.SetMode(gin.ReleaseMode) }

const (
	wrong = "password=guess&user="
	right = "password=open+sesame&user="
	deny  = "429 Too many attempts. Please wait."
	guess = "401 Wrong name or password."
)

// site returns a visitor of the program, which believes its proxy on the loopback interface.
func site(t *testing.T) (*recipetest.Visitor, *redistest.Server) {
	t.Helper()
	server := redistest.Start(t)
	opts, err := redisstore.ClientOptions(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(opts)
	t.Cleanup(func() { _ = client.Close() })
	app, err := newApp(sessiontest.New(t, nil), redis_rate.NewLimiter(client), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return recipetest.New(t, app), server
}

func TestAttemptsAreCountedByAccountAndAddress(t *testing.T) {
	v, server := site(t)
	for range 4 {
		v.Want("a guess", v.Post("/login", wrong+"ada"), guess)
	}
	v.Want("a login", v.Post("/login", right+"ada"), "303 to /")
	for range 5 {
		v.Want("a guess after the login", v.Post("/login", wrong+"ada"), guess)
	}
	refused := v.Post("/login", right+"ada")
	v.Want("the sixth, with the right password", refused, deny)
	if n, err := strconv.Atoi(refused.Header.Get("Retry-After")); err != nil || n < 100 || n > 181 {
		t.Errorf("Retry-After is %q, want three minutes", refused.Header.Get("Retry-After"))
	}
	v.Want("in capitals", v.Post("/login", wrong+"ADA"), deny)
	v.Want("without the cookie", v.Other().Post("/login", wrong+"ada"), deny)
	v.Want("another account", v.Post("/login", right+"eve"), "303 to /")
	v.Want("another address", v.Post("/login", right+"ada", "X-Forwarded-For", "203.0.113.7"), "303 to /")

	// A guesser with many addresses meets the limit of the account.
	got := ""
	for i := range 100 {
		got = v.Post("/login", wrong+"ada", "X-Forwarded-For", "203.0.112."+strconv.Itoa(i)).String()
	}
	if got != deny {
		t.Errorf("the 100th address: %s", got)
	}
	// And with many accounts that of the address, or of the /64 of it.
	for i := range 201 {
		address := "2001:db8::" + strconv.Itoa(i)
		got = v.Post("/login", wrong+strconv.Itoa(i), "X-Forwarded-For", address).String()
	}
	if got != deny {
		t.Errorf("the 201st account: %s", got)
	}
	server.Kill()
	v.Want("without Redis", v.Other().Post("/login", right+"zoe"), "503 Please try again.")
}

func TestAttemptsAtTheSameTimeAllCount(t *testing.T) {
	v, _ := site(t)
	var group sync.WaitGroup
	var mu sync.Mutex
	checked := 0
	for range 40 {
		group.Go(func() {
			if v.Other().Post("/login", wrong+"ada").String() == guess {
				mu.Lock()
				checked++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if checked != 5 {
		t.Errorf("the passwords of %d attempts were checked, want 5", checked)
	}
}

func TestMainServesTheApp(t *testing.T) {
	v := recipetest.Run(t, main, "REDIS_URL", redistest.Start(t).URL())
	for i := range 6 { // whatever address they claim
		want := guess
		if i == 5 {
			want = deny
		}
		claim := "203.0.113." + strconv.Itoa(i)
		v.Want("a guess", v.Post("/login", wrong+"ada", "X-Forwarded-For", claim), want)
	}
}
