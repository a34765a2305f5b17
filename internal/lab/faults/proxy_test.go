package faults

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/internal/redistest"
)

// What each disturbance does to one INCR: the error that the client gets, and whether the server carried it out.
func TestDisturbances(t *testing.T) {
	server := redistest.Start(t)
	timedOut := func(err error) bool {
		var n net.Error
		return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
	}
	ended := func(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) }
	for _, test := range []struct {
		how     disturbance
		patient bool // there is an answer to wait for
		err     func(error) bool
		applied bool
	}{
		{none, true, func(err error) bool { return err == nil }, true},
		{latency, true, func(err error) bool { return err == nil }, true},
		{blackHole, false, timedOut, false},
		{reset, true, ended, false},
		{slowClose, true, ended, true},
		{halfReply, false, timedOut, true},
		{dropReply, true, ended, true},
		{refuse, true, func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }, false},
	} {
		t.Run("disturbance "+string(test.how), func(t *testing.T) {
			p := newProxy(t, server.Addr())
			client := redis.NewClient(&redis.Options{
				Addr: p.addr, ReadTimeout: time.Minute, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true, DisableIdentity: true, Protocol: 2,
			})
			defer func() { _ = client.Close() }()
			before := server.Client().IncrBy(t.Context(), "n", 0).Val()
			if test.how != refuse {
				if err := client.Ping(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
			}
			p.disturb(test.how, 20*time.Millisecond)
			wait := 500 * time.Millisecond
			if test.patient {
				wait = time.Minute
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			if err := client.Incr(ctx, "n").Err(); !test.err(err) {
				t.Errorf("the client got %v", err)
			}
			if applied := server.Client().IncrBy(t.Context(), "n", 0).Val() > before; applied != test.applied {
				t.Errorf("the server carried it out: %v, want %v", applied, test.applied)
			}
			if err := p.heal(); err != nil {
				t.Fatal(err)
			}
			if err := client.Ping(t.Context()).Err(); err != nil && client.Ping(t.Context()).Err() != nil {
				t.Errorf("after heal: %v", err)
			}
		})
	}
}

// A connection that lost a reply must not deliver the next one in its place.
func TestASpoiledConnectionStaysSilent(t *testing.T) {
	p := newProxy(t, redistest.Start(t).Addr())
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	p.disturb(blackHole, 0)
	for _, request := range []string{"PING\r\n", "ECHO next\r\n"} {
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, _ := c.Read(make([]byte, 100)); n != 0 {
			t.Errorf("%d bytes came back", n)
		}
		if err := p.heal(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAByteLimitCutsWithinARequest(t *testing.T) {
	p := newProxy(t, redistest.Start(t).Addr())
	p.disturb(byteLimit, 0)
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Write(make([]byte, 2*byteLimitAt)); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is still open: %v", err)
	}
}
