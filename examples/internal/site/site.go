// Package site is what the example programs share: their flags, their Redis, and their pages. The handlers, which differ from
// framework to framework, are in the folders of the programs.
package site

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
)

// A Site is the sessions of an example program, and its address.
type Site struct {
	Sessions *core.Manager
	store    *redisstore.Store
	listener net.Listener
	close    []func()
}

// Config is what the flags say.
type Config struct {
	Addr   string
	Redis  string // list for redisstore.ParseShards; "" starts embedded servers
	Secret string // "" makes one up
}

// Open listens, finds or starts Redis, and tells out what it did.
func Open(ctx context.Context, c Config, out io.Writer) (*Site, error) {
	s := new(Site)
	if err := s.open(ctx, c, out); err != nil {
		s.Close()
		return nil, err
	}
	fmt.Fprintf(out, "Open %s and sign in with any name and the password %q. Ctrl-C ends it.\n", s.URL(), Password)
	return s, nil
}

func (s *Site) open(ctx context.Context, c Config, out io.Writer) (err error) {
	s.listener, err = net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("%w (choose another address with -addr)", err)
	}
	s.close = append(s.close, func() { _ = s.listener.Close() })
	shards, err := s.shards(c.Redis, out)
	if err != nil {
		return err
	}
	s.store, err = redisstore.Open(ctx, shards, nil)
	if err != nil {
		return err
	}
	s.close = append(s.close, func() { _ = s.store.Close() })
	secret := []byte(c.Secret)
	if len(secret) == 0 {
		secret = []byte(rand.Text() + rand.Text())
		fmt.Fprintln(out, "Secret: made up for this run. Processes that share sessions need the same -secret or SESSION_SECRET.")
	}
	s.Sessions, err = core.New(s.store, secret, &core.Options{
		// These programs speak plain HTTP. Behind TLS, leave this line out.
		Cookie: core.Cookie{InsecureCookie: true},
	})
	return err
}

func (s *Site) shards(list string, out io.Writer) ([]redisstore.Shard, error) {
	if list != "" {
		return redisstore.ParseShards(list)
	}
	shards, stop, err := embedded("a", "b", "c")
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, stop)
	fmt.Fprintln(out, "Redis: three embedded shards, which forget everything when this program ends. Use your own with -redis.")
	for _, sh := range shards {
		fmt.Fprintf(out, "  shard %s at %s\n", sh.Name, sh.URL)
	}
	return shards, nil
}

// Close ends what Open started, last first.
func (s *Site) Close() {
	for _, f := range s.close {
		defer f()
	}
	s.close = nil
}

// URL is where the site can be opened.
func (s *Site) URL() string {
	addr := s.listener.Addr().(*net.TCPAddr)
	if addr.IP.IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", addr.Port)
	}
	return "http://" + addr.String()
}
