package redisstore

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

// A server is one Redis server that answers for sessions: that of a shard, or
// one of the primaries of a Cluster. Each has its own connections and its own
// breaker.
type server struct {
	client redis.UniversalClient
	sender sender
	// reads carries the reads while writes fail: they must not wait behind a
	// write that hangs.
	reads   sender
	breaker *breaker
	writes  writeCheck
	primary *primaryWatch
	// waiting has room for the calls that may wait for replicas at the same
	// time.
	waiting chan struct{}
	// missing is the WaitReplicas of a call that waited in vain; 0 if a write
	// worked since.
	missing atomic.Int64
}

// newServer returns the server behind the client. Events name the shard, and
// the address if the shard has several servers.
func newServer(
	client redis.UniversalClient, plain bool, address, shard string, tell func(core.Event),
) *server {
	s := &server{client: client}
	s.waiting = make(chan struct{}, waitingCalls(client))
	if one, ok := client.(*redis.Client); ok && !plain {
		s.sender, s.reads = newDuplex(one), newDuplex(one)
	} else {
		s.sender = newPool(client)
		s.reads = s.sender
	}
	s.breaker = newBreaker(
		func(ctx context.Context) error { return s.client.Ping(ctx).Err() },
		func(open bool, cause error) {
			e := core.Event{Kind: core.EventBreakerClosed, Shard: shard, Reason: address}
			if open {
				e.Kind, e.Err = core.EventBreakerOpen, cause
			}
			tell(e)
		})
	s.breaker.clustered = address != ""
	s.writes.write = s.write
	watched, ok := client.(*redis.Client)
	if !ok || s.breaker.clustered {
		watched = nil // a node of a Cluster sends calls elsewhere by itself
	}
	s.primary = watchPrimary(watched, s)
	return s
}

// send is sendBy over the server's own connections.
func (s *server) send(ctx context.Context, key string, cmds ...redis.Cmder) error {
	return s.sendBy(ctx, key, nil, cmds...)
}

// sendBy sends commands that are about one key in one write, unless the breaker
// is open, and returns the first error among them. A nil by means the server's
// own connections.
func (s *server) sendBy(
	ctx context.Context, key string, by exchanger, cmds ...redis.Cmder,
) error {
	s.primary.look()
	session, script := key, isScript(cmds[0])
	if script {
		session = ""
	}
	switch {
	case by != nil:
	case s.writes.doubted.Load() != nil && !script:
		by = s.reads
	default:
		by = s.sender
	}
	err := s.breaker.send(ctx, session, by, cmds...)
	if script && isReply(err) {
		if unknown := withSources(cmds); len(unknown) > 0 {
			if err = s.breaker.send(ctx, session, by, unknown...); err == nil {
				err = firstError(cmds)
			}
		}
	}
	if err == nil || s.breaker.clustered && isElsewhere(err) {
		return err
	}
	s.writes.doubt(key)
	if hasCode(err, "READONLY") {
		s.reconnect(errIsReplica) // its address may be that of another server by now
		s.primary.doubt()
	}
	return err
}

// hold lets no call through until the breaker is released, and none then over
// the connections that there are.
func (s *server) hold(cause error) {
	s.breaker.hold(cause)
	s.reconnect(cause)
}

func (s *server) reconnect(cause error) {
	s.sender.reconnect(cause)
	s.reads.reconnect(cause)
}

func (s *server) close() {
	s.sender.close()
	s.reads.close()
}

// takesNew reports whether new sessions may go to the server.
func (s *server) takesNew() bool {
	s.primary.look()
	return s.writes.pass() && s.breaker.isClosed()
}

// writeProbe does what a save does, to a key that is no session's. It has to be
// a script with these commands: a user of Redis may be allowed others.
var writeProbe = newScript(`
redis.call('HSET', KEYS[1], 'probe', '1')
return redis.call('PEXPIRE', KEYS[1], 1000)`)

// write stores something for a second, in the slot of the key: the key is the
// hash tag of the other.
func (s *server) write(ctx context.Context, key string) error {
	key = key[:max(0, len(key)-store.PlaceLen)] + "{" + key + "}probe"
	missing := int(s.missing.Load())
	var by exchanger
	var conn *redis.Conn
	if client, ok := s.client.(*redis.Client); ok && missing > 0 {
		conn = client.Conn()
		defer func() { _ = conn.Close() }()
		by = &held{conn: conn}
	}
	err := s.sendBy(ctx, key, by, redis.NewCmd(ctx, writeProbe.evaluate(key, "").args...))
	if s.breaker.clustered && isElsewhere(err) {
		return nil // the doubt was about another server's key
	}
	if err == nil && conn != nil {
		err = s.replicated(ctx, conn, max(missing, s.primary.known(ctx)))
	}
	if err == nil {
		s.missing.Store(0)
	}
	return err
}

// writeEvery is the pause after a write in the background that failed.
const writeEvery = 100 * time.Millisecond

// A writeCheck finds out whether a server takes writes: a server may refuse
// them, or not answer them, and still serve reads. After a call that failed,
// new sessions stay away until a write in the background has worked. It runs
// when the next new session asks, one at a time.
type writeCheck struct {
	write   func(ctx context.Context, key string) error
	doubted atomic.Pointer[string] // the key of the call that failed; nil if a write worked since
	running atomic.Bool
	retryAt atomic.Int64 // Unix nanoseconds
}

func (w *writeCheck) doubt(key string) { w.doubted.Store(&key) }

// pass reports whether there is no doubt.
func (w *writeCheck) pass() bool {
	key := w.doubted.Load()
	if key == nil {
		return true
	}
	if time.Now().UnixNano() >= w.retryAt.Load() && w.running.CompareAndSwap(false, true) {
		go w.run(key)
	}
	return false
}

func (w *writeCheck) run(key *string) {
	defer w.running.Store(false)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := w.write(ctx, *key); err != nil {
		w.retryAt.Store(time.Now().Add(writeEvery).UnixNano())
		return
	}
	w.doubted.CompareAndSwap(key, nil) // a later failure keeps its doubt
}

func isScript(cmd redis.Cmder) bool { return cmd.Name() == "evalsha" || cmd.Name() == "eval" }
