package main

import (
	"net"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/session"
	"github.com/gofiber/storage/redis/v3"
)

// fiberSubjects are Fiber's own sessions with github.com/gofiber/storage/redis, as its README sets it up; its pool has
// go-redis's default size. A session's life is extended by Save alone.
var fiberSubjects = []subject{
	{name: "Fiber's session", kind: other, framework: "Fiber", open: fiberOwnSite(false)},
	{name: "Fiber's session, saved", kind: other, framework: "Fiber", slides: true, open: fiberOwnSite(true), only: reading},
}

func fiberOwnSite(saved bool) func([]string) (site, error) {
	return func(addrs []string) (site, error) {
		host, text, err := net.SplitHostPort(addrs[0])
		if err != nil {
			return nil, err
		}
		port, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		store := session.New(session.Config{Storage: redis.New(redis.Config{Host: host, Port: port})})
		return fiberSite(nil, fiberOwnWork(store, saved)), nil
	}
}

func fiberOwnWork(store *session.Store, saved bool) work[*fiber.Ctx] {
	return work[*fiber.Ctx]{
		seed: func(c *fiber.Ctx, entries []entry) error {
			s, err := store.Get(c)
			if err != nil {
				return err
			}
			for _, e := range entries {
				s.Set(e.key, e.value)
			}
			return s.Save()
		},
		read: func(c *fiber.Ctx, page []byte) ([]byte, error) {
			s, err := store.Get(c)
			if err != nil {
				return nil, err
			}
			for _, key := range keys {
				value, _ := s.Get(key).(string)
				page = append(append(page, value...), '\n')
			}
			if saved {
				return page, s.Save()
			}
			return page, nil
		},
		count: func(c *fiber.Ctx) (int, error) {
			s, err := store.Get(c)
			if err != nil {
				return 0, err
			}
			n, _ := s.Get("visits").(int)
			s.Set("visits", n+1)
			return n + 1, s.Save()
		},
		login: func(c *fiber.Ctx) error {
			s, err := store.Get(c)
			if err != nil {
				return err
			}
			s.Set("user", "ada")
			return s.Save()
		},
	}
}
