package redisstore

import (
	"context"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// dial opens a connection and has go-redis prepare it, so that whatever the
// client's options ask for is done: TLS, the user and password of any provider,
// the database, OnConnect. From then on the connection is the line's alone:
// go-redis keeps it as one that is in use.
func (d *duplex) dial() (*line, error) {
	var raw net.Conn
	o := lineOptions(d.client)
	dial := o.Dialer
	o.Dialer = func(ctx context.Context, network, addr string) (_ net.Conn, err error) {
		raw, err = dial(ctx, network, addr)
		return raw, err
	}
	ready, connected := false, o.OnConnect
	o.OnConnect = func(ctx context.Context, cn *redis.Conn) (err error) {
		if connected != nil {
			err = connected(ctx, cn)
		}
		ready = err == nil
		return err
	}
	client := redis.NewClient(o)
	patience := o.DialTimeout + 2*max(o.ReadTimeout, 0) + timeout
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	held := client.Conn()
	// A server may refuse a PING because of its own state. The calls will see.
	err := held.Ping(ctx).Err()
	begun := sinceStart()
	if ready && (err == nil || isReply(err)) {
		err = held.Ping(ctx).Err() // how far is it?
	}
	if !ready || !(err == nil || isReply(err)) {
		_ = held.Close()
		_ = client.Close()
		return nil, err
	}
	l := newLine(raw, o)
	l.pace.Store(sinceStart() - begun)
	l.end = func() { _ = raw.Close(); _ = held.Close(); _ = client.Close() }
	return l, nil
}

// lineOptions returns options for one connection like those of the client's.
func lineOptions(client *redis.Client) *redis.Options {
	o := *client.Options()
	o.Protocol = 2 // whose replies a line can read
	o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.MaxActiveConns = 1, 0, 0, 0
	o.MaxRetries, o.DialerRetries = -1, 1
	o.ContextTimeoutEnabled = true
	o.Limiter = nil
	o.ReadBufferSize, o.WriteBufferSize = 1024, 1024
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	// go-redis keeps -1, no timeout, as 0, which would mean its default again.
	for _, t := range []*time.Duration{&o.ReadTimeout, &o.WriteTimeout} {
		if *t <= 0 {
			*t--
		}
	}
	return &o
}
