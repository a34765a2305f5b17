package main

import (
	"github.com/boj/redistore"
	"github.com/gorilla/sessions"
)

// gorillaSubjects are github.com/gorilla/sessions with github.com/boj/redistore, as its README sets it up. A session's life is
// extended by Save alone, so a page that only reads extends it if it saves as well.
var gorillaSubjects = []subject{
	{name: "gorilla + redistore", kind: other, framework: "net/http", open: gorillaSite(false)},
	{name: "gorilla + redistore, saved", kind: other, framework: "net/http", slides: true, open: gorillaSite(true), only: reading},
}

// idleConns is how many idle connections redigo's pools keep. The READMEs say 10, with which most of 256 connections would dial
// anew for each request. Nothing else of the pool is changed, so it sends a PING before each use.
const idleConns = 256

const sessionName = "session"

func newRediStore(addr string) (*redistore.RediStore, error) {
	return redistore.NewRediStore(idleConns, "tcp", addr, "", "", secret)
}

func gorillaSite(saved bool) func([]string) (site, error) {
	return func(addrs []string) (site, error) {
		store, err := newRediStore(addrs[0])
		if err != nil {
			return nil, err
		}
		// The error of Get is left aside: it is about a cookie that does not verify, and the session is a new one.
		get := func(x exchange) *sessions.Session { s, _ := store.Get(x.r, sessionName); return s }
		save := func(x exchange, s *sessions.Session) error { return s.Save(x.r, x.w) }
		return netHTTP(nil, gorillaWork(get, save, saved)), nil
	}
}

func gorillaWork[C any](get func(C) *sessions.Session, save func(C, *sessions.Session) error, saved bool) work[C] {
	return work[C]{
		seed: func(c C, entries []entry) error {
			s := get(c)
			for _, e := range entries {
				s.Values[e.key] = e.value
			}
			return save(c, s)
		},
		read: func(c C, page []byte) ([]byte, error) {
			s := get(c)
			for _, key := range keys {
				value, _ := s.Values[key].(string)
				page = append(append(page, value...), '\n')
			}
			if saved {
				return page, save(c, s)
			}
			return page, nil
		},
		count: func(c C) (int, error) {
			s := get(c)
			n, _ := s.Values["visits"].(int)
			s.Values["visits"] = n + 1
			return n + 1, save(c, s)
		},
		login: func(c C) error {
			s := get(c)
			s.Values["user"] = "ada"
			return save(c, s)
		},
	}
}
