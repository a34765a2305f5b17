package main

import (
	"net/http"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"
)

// scsSubjects are github.com/alexedwards/scs with goredisstore, as its README sets it up. Its README leaves the idle timeout
// open; without one a session's life is not extended by use.
var scsSubjects = []subject{
	{name: "scs", kind: other, framework: "net/http", open: scsSite(0)},
	{name: "scs, IdleTimeout", kind: other, framework: "net/http", slides: true, open: scsSite(30 * time.Minute), only: reading},
}

func scsSite(idle time.Duration) func([]string) (site, error) {
	return func(addrs []string) (site, error) {
		sessions := scs.New()
		sessions.Store = goredisstore.New(redis.NewClient(&redis.Options{Addr: addrs[0]}))
		sessions.IdleTimeout = idle
		return netHTTP(func(next http.Handler) http.Handler { return sessions.LoadAndSave(next) }, scsWork(sessions)), nil
	}
}

func scsWork(sessions *scs.SessionManager) work[exchange] {
	return work[exchange]{
		seed: func(x exchange, entries []entry) error {
			for _, e := range entries {
				sessions.Put(x.r.Context(), e.key, e.value)
			}
			return nil
		},
		read: func(x exchange, page []byte) ([]byte, error) {
			for _, key := range keys {
				page = append(append(page, sessions.GetString(x.r.Context(), key)...), '\n')
			}
			return page, nil
		},
		count: func(x exchange) (int, error) {
			n := sessions.GetInt(x.r.Context(), "visits") + 1
			sessions.Put(x.r.Context(), "visits", n)
			return n, nil
		},
		// Without RenewToken, which the README asks for at a login: a visitor without a cookie does not need it, and it would
		// cost a DEL.
		login: func(x exchange) error { sessions.Put(x.r.Context(), "user", "ada"); return nil },
	}
}
