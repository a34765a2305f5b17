// Package site is what the example programs share: their flags, their Redis, and their pages. What differs between them, the
// handlers of each framework, is in their own folders.
package site

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
)

// The keys of the session. The user is kept by Login itself.
const (
	Visits     core.Key[int]       = "visits"
	SignedInAt core.Key[time.Time] = "signed_in_at"
)

// Password opens every account.
const Password = "secret"

// A Site is an example program's sessions and address.
type Site struct {
	Framework string
	Sessions  *core.Manager
	store     *redisstore.Store
	listener  net.Listener
	close     []func()
}

// Config is what the flags say.
type Config struct {
	Addr   string
	Redis  string // list for redisstore.ParseShards; "" starts embedded servers
	Secret string // "" makes one up
}

// Main runs an example program: it reads the flags, opens the site, and lets serve answer on the listener until the process is
// interrupted; then it calls shutdown, which has ten seconds. A mistake ends the program with a message and status 1.
func Main(framework string, start func(s *Site) (serve func(net.Listener) error, shutdown func(context.Context) error)) {
	var c Config
	flag.StringVar(&c.Addr, "addr", "127.0.0.1:8080", "address to listen on")
	flag.StringVar(&c.Redis, "redis", "", "Redis shards, as in \"redis://10.0.0.1:6379?name=a,redis://10.0.0.2:6379?name=b&weight=2\" (default: embedded ones)")
	flag.StringVar(&c.Secret, "secret", os.Getenv("SESSION_SECRET"), "key of at least 32 bytes that signs the cookies, the same for all processes (default: $SESSION_SECRET, else made up)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := Open(ctx, framework, c, os.Stdout)
	if err == nil {
		serve, shutdown := start(s)
		err = s.run(ctx, serve, shutdown)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s example: %v\n", framework, err)
		os.Exit(1)
	}
}

// Open listens, finds or starts Redis, and tells out what it did.
func Open(ctx context.Context, framework string, c Config, out io.Writer) (*Site, error) {
	s := &Site{Framework: framework}
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

// run serves until ctx is done.
func (s *Site) run(ctx context.Context, serve func(net.Listener) error, shutdown func(context.Context) error) error {
	defer s.Close()
	served := make(chan error, 1)
	go func() { served <- serve(s.listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return shutdown(ctx)
}

// Close ends what Open started, last first.
func (s *Site) Close() {
	for _, f := range s.close {
		defer f()
	}
	s.close = nil
}

// URL is where the site can be opened.
func (s *Site) URL() string { return "http://" + s.listener.Addr().String() }

// ErrPassword says that nobody is signed in.
var ErrPassword = errors.New("that is not the password. Hint: it is on this page")

// SignIn logs the name in, if the password is right, and remembers when.
func SignIn(session *core.Session, name, password string) error {
	switch {
	case name == "":
		return errors.New("please enter a name")
	case password != Password:
		return ErrPassword
	}
	session.Login(name)
	SignedInAt.Set(session, time.Now())
	return nil
}

// Whoami is the answer of /whoami.
type Whoami struct {
	User      string `json:"user"`
	Visits    int    `json:"visits"`
	Framework string `json:"framework"`
	Shard     string `json:"shard"`
}

// Whoami says who is signed in, and where the session is kept.
func (s *Site) Whoami(session *core.Session) Whoami {
	visits, _ := Visits.Get(session)
	shard, err := s.store.Owner(session.ID())
	if err != nil {
		shard = "none"
	}
	return Whoami{User: session.User(), Visits: visits, Framework: s.Framework, Shard: shard}
}
