// A program for Kubernetes: two health endpoints, and an end that loses no request.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

const visits core.Key[int] = "visits"

func newApp(sessions *core.Manager, store *redisstore.Store) http.Handler {
	mux := http.NewServeMux()
	// Status 200, and Redis is not asked.
	mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		health := store.Health(r.Context())
		w.Header().Set("Content-Type", "application/json")
		if !health.Ready() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(health)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		fmt.Fprintf(w, "visit %d", n+1)
	})
	return nethttpsession.Middleware(sessions)(mux)
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	shards, err := redisstore.ParseShards(os.Getenv("REDIS_SHARDS"))
	if err != nil {
		return err
	}
	store, err := redisstore.Open(ctx, shards, nil)
	if err != nil {
		return err
	}
	defer store.Close() // after the last request: see below
	sessions, err := core.New(store, []byte(os.Getenv("SESSION_SECRET")), nil)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr: os.Getenv("ADDR"), Handler: newApp(sessions, store), ReadHeaderTimeout: 10 * time.Second,
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		limit, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		stopped <- server.Shutdown(limit) // no new connections; requests in flight end
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped // ListenAndServe returns before the last request has ended
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}
