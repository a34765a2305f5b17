package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/nethttpsession"
)

// ours are this library, with default options where the name says nothing else.
var ours = []subject{
	{name: "net/http", kind: our, framework: "net/http", slides: true, open: onManager(nil, oursNetHTTP)},
	{name: "net/http, PlainPool", kind: our, framework: "net/http", slides: true,
		open: onManager(&redisstore.Options{PlainPool: true}, oursNetHTTP)},
	{name: "net/http, 3 shards", kind: our, framework: "net/http", slides: true, open: onManager(nil, oursNetHTTP),
		only: []string{"READ", "WRITE", "LOGIN"}, shards: 3},
	{name: "Gin", kind: our, framework: "Gin", slides: true, open: onManager(nil, func(m *core.Manager) site {
		return ginSite(ginsession.Middleware(m), sessionWork(ginsession.From))
	})},
	{name: "Echo", kind: our, framework: "Echo", slides: true, open: onManager(nil, func(m *core.Manager) site {
		return echoSite(echosession.Middleware(m), sessionWork(echosession.From))
	})},
	{name: "Fiber", kind: our, framework: "Fiber", slides: true, open: onManager(nil, func(m *core.Manager) site {
		return fiberSite(fibersession.Middleware(m), sessionWork(fibersession.From))
	})},
}

func oursNetHTTP(m *core.Manager) site {
	return netHTTP(nethttpsession.Middleware(m), sessionWork(func(x exchange) *core.Session { return nethttpsession.From(x.r) }))
}

func onManager(opts *redisstore.Options, make func(*core.Manager) site) func([]string) (site, error) {
	return func(addrs []string) (site, error) {
		var shards []redisstore.Shard
		for i, addr := range addrs {
			shards = append(shards, redisstore.Shard{Name: fmt.Sprint("shard ", i), URL: redisstore.NewURL("redis://" + addr)})
		}
		store, err := redisstore.Open(context.Background(), shards, opts)
		if err != nil {
			return nil, err
		}
		m, err := core.New(store, secret, nil)
		if err != nil {
			return nil, err
		}
		return make(m), nil
	}
}

// secret is the key of every library that signs.
var secret = bytes.Repeat([]byte("secret. "), 4)

const visits core.Key[int] = "visits"

func sessionWork[C any](from func(C) *core.Session) work[C] {
	return work[C]{
		seed: func(c C, entries []entry) error {
			s := from(c)
			for _, e := range entries {
				s.Set(e.key, e.value)
			}
			return nil
		},
		read: func(c C, page []byte) ([]byte, error) {
			s := from(c)
			for _, key := range keys {
				value, _ := core.Key[string](key).Get(s)
				page = append(append(page, value...), '\n')
			}
			return page, s.Err()
		},
		count: func(c C) (int, error) {
			s := from(c)
			n, _ := visits.Get(s)
			visits.Set(s, n+1)
			return n + 1, nil
		},
		blind: func(c C) error { from(c).Set("seen", true); return nil },
		login: func(c C) error { from(c).Login("ada"); return nil },
	}
}
