// Package site is what the example programs share: their flags, their Redis, and their pages. The handlers, which differ from
// framework to framework, are in the folders of the programs.
package site

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/examples/embedded"
)

// A Site is the sessions of an example program, and its address.
type Site struct {
	Sessions *core.Manager
	Store    *redisstore.Store
	// Embedded are the servers of the shards, or nil if the program was given its Redis.
	Embedded *embedded.Servers
	// Home renders another home page than the greeting; see [Pages.Home]. It is set before the site runs.
	Home func(framework string, session *core.Session) Page
	// Lead is what the page of the login says first, of a program that has more to show. It is set before the site runs.
	Lead string
	// OnEvent is told what the store tells: of breakers, and of orders that wait for a shard. It is set before the site runs.
	OnEvent func(core.Event)
	// Fresh is how long ago a login may be for the vault.
	Fresh time.Duration
	// Interval is the longest time between two events of a stream: a second, unless it is set before the site runs.
	Interval time.Duration

	listener net.Listener
	running  context.Context // ends when the server is about to shut down, which waits for streams
	ending   context.CancelFunc
	close    []func()
}

// Config is what the flags say.
type Config struct {
	Addr   string
	Redis  string        // list for redisstore.ParseShards; "" starts embedded servers
	Secret string        // "" makes one up
	Fresh  time.Duration // see [Site]; 0 means DefaultFresh

	// No flags; 0 leaves them at the sessions' defaults.
	StoreTimeout, WatchInterval time.Duration
}

// How long a login lasts: without being used, and at most. These are the defaults.
const (
	IdleTimeout     = 30 * time.Minute
	AbsoluteTimeout = 12 * time.Hour
)

// DefaultFresh is how long ago a login may be for the vault.
const DefaultFresh = 15 * time.Minute

// Open listens, finds or starts Redis, and tells out what it did.
func Open(ctx context.Context, c Config, out io.Writer) (*Site, error) {
	s := &Site{Fresh: cmp.Or(c.Fresh, DefaultFresh), Interval: time.Second}
	s.running, s.ending = context.WithCancel(context.Background())
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
	s.Store, err = redisstore.Open(ctx, shards, &redisstore.Options{OnEvent: s.tell})
	if err != nil {
		return err
	}
	s.close = append(s.close, func() { _ = s.Store.Close() })
	secret := []byte(c.Secret)
	if len(secret) == 0 {
		secret = []byte(rand.Text() + rand.Text())
		fmt.Fprintln(out, "Secret: made up for this run. Processes that share sessions need the same -secret or SESSION_SECRET.")
	}
	s.Sessions, err = core.New(s.Store, secret, &core.Options{
		IdleTimeout:     IdleTimeout,
		AbsoluteTimeout: AbsoluteTimeout,
		StoreTimeout:    c.StoreTimeout,
		WatchInterval:   c.WatchInterval,
		Logger:          s.logger(),
		// These programs speak plain HTTP. Behind TLS, leave this line out.
		Cookie: core.Cookie{InsecureCookie: true},
	})
	return err
}

func (s *Site) shards(list string, out io.Writer) ([]redisstore.Shard, error) {
	if list != "" {
		return redisstore.ParseShards(list)
	}
	servers, err := embedded.Start("a", "b", "c")
	if err != nil {
		return nil, err
	}
	s.Embedded = servers
	s.close = append(s.close, servers.Close)
	shards := servers.Shards()
	fmt.Fprintln(out, "Redis: three embedded shards, which forget everything when this program ends. Use your own with -redis.")
	for _, sh := range shards {
		fmt.Fprintf(out, "  shard %s at %s\n", sh.Name, sh.URL)
	}
	return shards, nil
}

func (s *Site) tell(_ context.Context, e core.Event) {
	if s.OnEvent != nil {
		s.OnEvent(e)
	}
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
