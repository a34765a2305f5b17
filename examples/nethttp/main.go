// Command nethttp is a small application with a login, on net/http.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/examples/internal/site"
	"github.com/ringsession/ringsession/nethttpsession"
)

func main() {
	site.Main("net/http", func(s *site.Site) (func(net.Listener) error, func(context.Context) error) {
		server := &http.Server{Handler: handler(s), ReadHeaderTimeout: 10 * time.Second}
		serve := func(l net.Listener) error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		}
		return serve, server.Shutdown
	})
}

func handler(s *site.Site) http.Handler {
	browsers := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})
	programs := nethttpsession.LoginRequired(core.Guard{})

	mux := http.NewServeMux()
	mux.Handle("GET /{$}", browsers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page(w, http.StatusOK, s.HomePage(nethttpsession.From(r)))
	})))
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		page(w, http.StatusOK, s.LoginPage(r.FormValue("next"), "", nil))
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		name, next := r.PostFormValue("name"), r.PostFormValue("next")
		if err := site.SignIn(nethttpsession.From(r), name, r.PostFormValue("password")); err != nil {
			page(w, http.StatusUnauthorized, s.LoginPage(next, name, err))
			return
		}
		http.Redirect(w, r, core.NextPath(next, "/"), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Logout()
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	})
	mux.Handle("GET /whoami", programs(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Whoami(nethttpsession.From(r)))
	})))
	// Forms of other sites must not sign anybody in or out.
	return http.NewCrossOriginProtection().Handler(nethttpsession.Middleware(s.Sessions)(mux))
}

func page(w http.ResponseWriter, status int, html []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(html)
}
