// A login at an identity provider: OAuth 2 and OpenID Connect, with PKCE.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/nethttpsession"
	"golang.org/x/oauth2"
)

// An attempt is a login that is on its way to the provider and back.
type attempt struct{ State, Nonce, Verifier, Next string }

const pending core.Key[attempt] = "oidc"

// newApp calls the provider for its addresses and keys. The redirect URL of the config is
// registered there; its path is /callback.
func newApp(sessions *core.Manager, issuer string, config oauth2.Config) (http.Handler, error) {
	client := &http.Client{Timeout: 10 * time.Second}
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), client), issuer)
	if err != nil {
		return nil, err
	}
	config.Endpoint = provider.Endpoint()
	config.Scopes = []string{oidc.ScopeOpenID}
	tokens := provider.Verifier(&oidc.Config{ClientID: config.ClientID})
	// whose trades a code for an ID token, and returns whose it is.
	whose := func(ctx context.Context, code string, a attempt) (user string, err error) {
		token, err := config.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
		if err != nil {
			return "", err
		}
		raw, _ := token.Extra("id_token").(string)
		id, err := tokens.Verify(ctx, raw)
		if err != nil {
			return "", err
		}
		if id.Nonce != a.Nonce {
			return "", errors.New("the ID token has another nonce")
		}
		return id.Subject, nil
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		next := core.NextPath(r.FormValue("next"), "/")
		a := attempt{rand.Text(), rand.Text(), oauth2.GenerateVerifier(), next}
		pending.Set(nethttpsession.From(r), a)
		challenge := oauth2.S256ChallengeOption(a.Verifier)
		to := config.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), challenge)
		http.Redirect(w, r, to, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		a, ok := pending.Pop(s) // each attempt counts once
		if !ok || r.FormValue("state") != a.State {
			http.Error(w, "This sign-in is not known any more. Please try again.", http.StatusBadRequest)
			return
		}
		user, err := whose(oidc.ClientContext(r.Context(), client), r.FormValue("code"), a)
		if err != nil {
			log.Printf("sign-in: %v (the provider says %q)", err, r.FormValue("error"))
			http.Error(w, "The sign-in did not work. Please try again.", http.StatusForbidden)
			return
		}
		s.Login(user)
		http.Redirect(w, r, a.Next, http.StatusSeeOther)
	})
	loginRequired := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})
	home := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello %s", nethttpsession.From(r).User())
	}
	mux.Handle("GET /{$}", loginRequired(http.HandlerFunc(home)))

	outside := http.NewServeMux()
	outside.HandleFunc("POST /callback", formPost)
	outside.Handle("/", nethttpsession.Middleware(sessions)(mux))
	return outside, nil
}

// formPost answers a provider that uses response_mode=form_post. It stands outside of the
// session's middleware, because the browser sends this request without the cookie.
func formPost(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	query := url.Values{}
	for _, name := range []string{"state", "code", "error"} {
		query.Set(name, r.PostFormValue(name))
	}
	http.Redirect(w, r, "/callback?"+query.Encode(), http.StatusSeeOther)
}

func main() {
	shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(os.Getenv("REDIS_URL"))}}
	store, err := redisstore.Open(context.Background(), shards, nil)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := core.New(store, []byte(os.Getenv("SESSION_SECRET")), nil)
	if err != nil {
		log.Fatal(err)
	}
	app, err := newApp(sessions, os.Getenv("OIDC_ISSUER"), oauth2.Config{
		ClientID:     os.Getenv("OIDC_CLIENT_ID"),
		ClientSecret: os.Getenv("OIDC_CLIENT_SECRET"),
		RedirectURL:  os.Getenv("OIDC_REDIRECT_URL"), // https://www.example.com/callback
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), app))
}
