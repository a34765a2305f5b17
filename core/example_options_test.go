package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/nethttpsession"
)

// A secret is rotated in three steps, each rolled out to all processes before the next. No step logs anybody out.
func ExampleOptions_rotation() {
	oldSecret, newSecret := bytes.Repeat([]byte("o"), 32), bytes.Repeat([]byte("n"), 32)
	store := memstore.New()

	before, _ := core.New(store, oldSecret, nil)
	first, _ := core.New(store, oldSecret, &core.Options{VerifySecrets: core.NewSecrets(newSecret)})
	second, _ := core.New(store, newSecret, &core.Options{VerifySecrets: core.NewSecrets(oldSecret)})
	third, _ := core.New(store, newSecret, nil)

	login := ask(userPage(before), "/login")
	for _, step := range []*core.Manager{first, second} {
		ask(userPage(step), "/", login)
	}
	later := ask(userPage(second), "/login")
	ask(userPage(first), "/", later) // a process that is still at the first step
	ask(userPage(third), "/", later)
	ask(userPage(third), "/", login) // so wait for the absolute timeout before the third step
	// Output:
	// user "ada"
	// user "ada"
	// user "ada"
	// user "ada"
	// user ""
}

// userPage logs ada in at /login and prints the user elsewhere.
func userPage(sessions *core.Manager) http.Handler {
	return nethttpsession.Middleware(sessions)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		if r.URL.Path == "/login" {
			s.Login("ada")
			return
		}
		fmt.Printf("user %q\n", s.User())
	}))
}

// Events tell operators what happens, without the ids.
func ExampleOptions_events() {
	sessions := newSessions(&core.Options{
		Logger: slog.New(slog.DiscardHandler),
		OnEvent: func(_ context.Context, e core.Event) {
			fmt.Printf("%s user=%q reason=%q\n", e.Kind, e.User, e.Reason)
		},
	})
	h := userPage(sessions)

	ask(h, "/login")
	forged := &http.Response{Header: http.Header{"Set-Cookie": {"__Host-session=made-up"}}}
	ask(h, "/", forged)
	// Output:
	// created user="ada" reason=""
	// rejected user="" reason="no cookie of the name verifies"
	// user ""
}

// An error page of your own, for net/http. The other frameworks have their own error handlers, which get the error.
func ExampleOptions_errorPage() {
	sessions, err := core.New(broken{memstore.New()}, secret, &core.Options{
		Logger: slog.New(slog.DiscardHandler),
		ErrorPage: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<h1>We are back in a moment.</h1>")
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	response := ask(userPage(sessions), "/login")
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body), len(response.Cookies()), "cookies")
	// Output: 503 <h1>We are back in a moment.</h1> 0 cookies
}

// broken is a store that is down.
type broken struct{ *memstore.Store }

func (broken) Create(context.Context, store.ID, store.Delta) error {
	return errors.New("connection refused")
}
