package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// lookEvery is the pause between two looks at a primary that another server
	// may replace.
	lookEvery = 100 * time.Millisecond
	// lookAlone is the same for one without replicas and without Sentinel.
	lookAlone = 15 * time.Second
	// lookTimeout bounds each question of a look.
	lookTimeout = 500 * time.Millisecond
	// lookFresh is how old the last look may be when a login or a logout asks
	// how many replicas there are.
	lookFresh = time.Second
	// replicaMemory is how long a replica counts after it has left. Sentinel
	// names the new primary up to a second after it has promoted it, and the
	// other Sentinels learn that within two more.
	replicaMemory = 5 * time.Second
)

var (
	errIsReplica = errors.New("it is a replica now: its primary is another server")
	errMoved     = errors.New("another server is the primary now")
	errReplaced  = errors.New("one of its replicas was promoted, so it is not the primary any more")
)

// A primaryWatch finds out whether a server is still the primary, and which
// replicas it has. It asks for INFO replication in the background while calls
// come.
//
// A server that says that it is a replica is held back: no call goes there,
// because what a former primary answers may have changed elsewhere. Behind
// Sentinel that is too late: SENTINEL FAILOVER promotes a replica, names it to
// clients about a second later, and demotes the former primary after eight
// more. So when a replica leaves, the watch asks that replica whether it was
// promoted, and Sentinel who the primary is, which makes go-redis change its
// connections.
type primaryWatch struct {
	client   *redis.Client // nil if there is nothing to watch
	sentinel bool          // it finds its server with Sentinel
	hold     func(cause error)
	release  func()
	// reconnect is called when another server is the primary. go-redis changes
	// the connections of its pool itself; others must be closed then, as hold
	// does. It must not use the watch.
	reconnect func(cause error)

	due     atomic.Int64 // when the next look may begin, in Unix nanoseconds
	looking atomic.Bool
	demoted atomic.Bool // the last look met a replica

	mu       sync.Mutex
	seen     time.Time            // when the server last answered; zero: never
	replid   string               // names the history of the primary's data
	replicas map[string]time.Time // by address: when it last followed this primary
}

// watchPrimary returns a watch over the client's server.
func watchPrimary(client *redis.Client, s *server) *primaryWatch {
	w := &primaryWatch{
		client: client, hold: s.hold, release: s.breaker.release, reconnect: s.reconnect,
	}
	// The name is go-redis's own, for want of an address.
	w.sentinel = client != nil && client.Options().Addr == "FailoverClient"
	return w
}

// look looks in the background if it is time to.
func (w *primaryWatch) look() {
	if w.client == nil {
		return
	}
	if time.Now().UnixNano() >= w.due.Load() && w.looking.CompareAndSwap(false, true) {
		go w.lookNow()
	}
}

// doubt makes the next look come at once.
func (w *primaryWatch) doubt() {
	w.due.Store(0)
	w.look()
}

// lookNow looks, and ends the state of looking.
func (w *primaryWatch) lookNow() {
	pause := lookAlone
	defer func() {
		_ = recover() // a hook of the client may panic, and this is no caller's goroutine
		w.due.Store(time.Now().Add(pause).UnixNano())
		w.looking.Store(false)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	conn := w.client.Conn()
	defer func() { _ = conn.Close() }()
	if w.demoted.Load() {
		// The next look takes another connection, because the server ends this
		// one.
		defer func() { _ = conn.Do(ctx, "quit").Err() }()
	}
	info, err := infoOf(ctx, conn, "replication")
	if hasCode(err, "NOPERM") || hasCode(err, "ERR") || hasCode(err, unknownCommand) {
		w.release() // nobody can tell
		return
	}
	if w.judge(info) || w.sentinel || err != nil {
		pause = lookEvery
	}
}

// judge holds the server back or releases it, and reports whether another may
// take its place.
func (w *primaryWatch) judge(info map[string]string) (replaceable bool) {
	w.demoted.Store(info["role"] == "slave")
	switch info["role"] {
	case "slave":
		w.hold(errIsReplica)
		w.askSentinel()
		return true
	case "master":
		departed, count := w.note(info)
		if w.isReplaced(departed, info["master_replid"]) {
			w.hold(errReplaced)
		} else {
			w.release()
		}
		return count > 0
	}
	return false
}

// note keeps what a primary said. It returns the replicas that departed, with
// the time when they last followed, and how many replicas count.
func (w *primaryWatch) note(info map[string]string) (departed map[string]time.Time, count int) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.replid != info["master_replid"] {
		if w.replid != "" {
			w.reconnect(errMoved) // it is another primary
		}
		w.replid, w.replicas = info["master_replid"], make(map[string]time.Time)
	}
	w.seen = now
	for _, addr := range replicasIn(info) {
		w.replicas[addr] = now
	}
	departed = make(map[string]time.Time)
	for addr, last := range w.replicas {
		switch {
		case now.Sub(last) > replicaMemory:
			delete(w.replicas, addr)
		case last != now:
			departed[addr] = last
		}
	}
	return departed, len(w.replicas)
}

// isReplaced reports whether one of the replicas that departed has the
// primary's place.
func (w *primaryWatch) isReplaced(departed map[string]time.Time, replid string) bool {
	if !w.sentinel || len(departed) == 0 {
		return false
	}
	var wg sync.WaitGroup
	var promoted atomic.Bool
	for addr, last := range departed {
		wg.Go(func() {
			if w.tookOver(addr, last, replid) {
				promoted.Store(true)
			}
		})
	}
	wg.Go(w.askSentinel)
	wg.Wait()
	return promoted.Load()
}

// tookOver reports whether the replica, which last followed at that time, is a
// primary now, with the data of the one that had this history.
func (w *primaryWatch) tookOver(addr string, last time.Time, replid string) bool {
	o := *w.client.Options()
	// Not the client's own dialer, which asks Sentinel for the address.
	o.Network, o.Addr, o.Dialer = "tcp", addr, nil
	o.PoolSize, o.MinIdleConns, o.MaxRetries, o.DialerRetries = 1, 0, -1, 1
	replica := redis.NewClient(&o)
	defer func() { _ = replica.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	info, err := infoOf(ctx, replica, "default")
	if err != nil || info["role"] != "master" || info["master_replid2"] != replid {
		return false
	}
	// A replica that was restarted, and has forgotten whose it is, says the
	// same.
	uptime, err := strconv.Atoi(info["uptime_in_seconds"])
	return err == nil && time.Duration(uptime)*time.Second > time.Since(last)+time.Second
}

// askSentinel makes the client ask Sentinel for the primary, as it does before
// it connects. If that is another one, the client closes its connections to
// this one.
func (w *primaryWatch) askSentinel() {
	if !w.sentinel {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	o := w.client.Options()
	if conn, err := o.Dialer(ctx, "tcp", o.Addr); err == nil {
		_ = conn.Close()
	}
}

// known returns how many replicas may be promoted, as far as the watch knows.
// It looks first if the last look was long ago.
func (w *primaryWatch) known(ctx context.Context) int {
	if w.client == nil {
		return 0
	}
	if !w.isFresh() && w.looking.CompareAndSwap(false, true) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.lookNow()
		}()
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.replicas)
}

// lookAgain looks, and returns when that look is over. Unlike known it does not
// make do with one that began before.
func (w *primaryWatch) lookAgain(ctx context.Context) {
	for w.client != nil && ctx.Err() == nil {
		if w.looking.CompareAndSwap(false, true) {
			w.lookNow()
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// isReplaceable reports whether another server may take the place of this one.
func (w *primaryWatch) isReplaceable() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sentinel || len(w.replicas) > 0
}

func (w *primaryWatch) isFresh() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.seen) < lookFresh
}

// confirm returns an error unless a server that said this is the primary that
// the watch knows. A connection may lead to a former one.
func (w *primaryWatch) confirm(info map[string]string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case info["role"] == "slave":
		return errIsReplica
	case w.replid != "" && w.replid != info["master_replid"]:
		return errReplaced
	}
	return nil
}

// replicasIn returns the addresses of the replicas that follow. Redis calls one
// online up to a second before it sends it what is written; until then its
// offset is 0.
func replicasIn(info map[string]string) (addrs []string) {
	for name, value := range info {
		if !strings.HasPrefix(name, "slave") || !strings.Contains(value, "state=online") {
			continue
		}
		fields := make(map[string]string)
		for part := range strings.SplitSeq(value, ",") {
			key, value, _ := strings.Cut(part, "=")
			fields[key] = value
		}
		if fields["offset"] != "0" {
			addrs = append(addrs, net.JoinHostPort(fields["ip"], fields["port"]))
		}
	}
	return addrs
}

// infoOf returns the fields of a section of INFO.
func infoOf(ctx context.Context, server redis.Cmdable, section string) (map[string]string, error) {
	text, err := server.Info(ctx, section).Result()
	if err != nil {
		return nil, fmt.Errorf("INFO %s: %w", section, err)
	}
	info := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info, nil
}
