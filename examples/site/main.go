package site

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// A Server answers on a listener until it is shut down, as an [http.Server] does.
type Server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
}

// Main is the main function of an example program: it reads the flags, opens the site, and runs the server until Ctrl-C or
// SIGTERM. A mistake ends the program with a message and status 1.
func Main(name string, newServer func(*Site) Server) {
	var c Config
	flag.StringVar(&c.Addr, "addr", "127.0.0.1:8080", "`address` to listen on")
	flag.StringVar(&c.Redis, "redis", "", "Redis `shards`, such as \"redis://10.0.0.1:6379?name=a,redis://10.0.0.2:6379?name=b&weight=2\"\n(default: three embedded ones)")
	flag.StringVar(&c.Secret, "secret", "", "`key` of at least 32 bytes that signs the cookies, the same for all processes that share sessions\n(default: the variable SESSION_SECRET, else made up)")
	flag.DurationVar(&c.Fresh, "fresh", DefaultFresh, "the greatest age of a login that opens /vault, a `duration`; after that /confirm asks for the password")
	flag.Parse()
	if c.Secret == "" {
		c.Secret = os.Getenv("SESSION_SECRET")
	}
	if err := run(c, newServer); err != nil {
		fmt.Fprintf(os.Stderr, "%s example: %v\n", name, err)
		os.Exit(1)
	}
}

func run(c Config, newServer func(*Site) Server) error {
	if flag.NArg() > 0 {
		return fmt.Errorf("unknown argument %q (-h lists the flags)", flag.Arg(0))
	}
	if c.Fresh <= 0 {
		return fmt.Errorf("-fresh %v is not positive", c.Fresh)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The second Ctrl-C ends a program that is slow to shut down.
	context.AfterFunc(ctx, stop)
	s, err := Open(ctx, c, os.Stdout)
	if err != nil {
		return err
	}
	return s.Run(ctx, newServer(s))
}

// Run lets the server answer until it fails or ctx is done, gives it ten seconds to finish, and closes the site.
func (s *Site) Run(ctx context.Context, server Server) error {
	defer s.Close()
	served := make(chan error, 1)
	go func() { served <- server.Serve(s.listener) }()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
	}
	s.ending()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(ctx))
}
