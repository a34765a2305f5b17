package redisstore

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// ordersEvery is how often a process asks each shard for orders.
	ordersEvery = time.Second
	// ordersAgain is how soon it asks one that did not answer.
	ordersAgain = ordersEvery / 4
	// ordersTimeout bounds one look. Together they are less than the two
	// seconds in which the sessions of a shard that returns must have ended.
	ordersTimeout = ordersEvery / 2
)

// watched is the state of the watch of a conn.
type watched struct {
	looking  atomic.Bool   // there is one look at a time
	answers  atomic.Bool   // the last look had an answer
	carrying atomic.Bool   // the watch carries orders out
	turn     chan struct{} // held while orders are carried out
}

// A watcher looks for orders in the background, for as long as the store is
// open.
type watcher struct {
	wake chan struct{} // there is something new to look for
	stop context.CancelFunc
	done chan struct{}
	work sync.WaitGroup // one look and one carrying out for each shard
}

// startWatch starts the watch. It must be called once, when there is a
// topology.
func (s *Store) startWatch() {
	ctx, stop := context.WithCancel(context.Background())
	s.watcher.wake, s.watcher.done = make(chan struct{}, 1), make(chan struct{})
	s.watcher.stop = stop
	go s.watch(ctx)
}

// endWatch ends the watch and waits until it has.
func (s *Store) endWatch() {
	s.watcher.stop()
	<-s.watcher.done
}

func (s *Store) wakeWatch() {
	select {
	case s.watcher.wake <- struct{}{}:
	default:
	}
}

// watch looks at each shard every second. A shard that hangs does not delay the
// others. watch sleeps while this process has no order and there is only one
// server, which can hold no orders for itself.
func (s *Store) watch(ctx context.Context) {
	defer close(s.watcher.done)
	defer s.watcher.work.Wait()
	tick := time.NewTimer(ordersAgain)
	defer tick.Stop()
	for turn := 0; ; turn++ {
		tick.Reset(ordersAgain)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		t := s.topology.Load()
		if t == nil {
			return
		}
		if !t.hasHolders() && !s.orders.has("") {
			select {
			case <-s.watcher.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		for _, sh := range t.shards {
			if sh.conn == nil {
				continue
			}
			rests := turn%int(ordersEvery/ordersAgain) > 0 && sh.watched.answers.Load()
			if !rests && sh.watched.looking.CompareAndSwap(false, true) {
				s.watcher.work.Go(func() {
					defer sh.watched.looking.Store(false)
					s.look(ctx, t, sh)
				})
			}
		}
	}
}

// hasHolders reports whether a shard can hold the orders for another.
func (t *topology) hasHolders() bool {
	if t == nil {
		return false
	}
	servers := 0
	for _, sh := range t.shards {
		switch {
		case sh.conn == nil:
		case sh.conn.cluster != nil:
			return true
		default:
			servers++
		}
	}
	return servers > 1
}

// look asks the shard for the orders that it holds for other shards that
// answer, and carries out the orders for the shard itself. When the shard
// answers again after an outage, look asks all holders for the orders for it.
func (s *Store) look(ctx context.Context, t *topology, sh *shard) {
	if !sh.tryEnter() {
		return
	}
	defer sh.leave()
	if err := s.ask(ctx, t, sh); err != nil {
		sh.watched.answers.Store(false)
		return
	}
	if !sh.watched.answers.Swap(true) {
		few, cancel := context.WithTimeout(ctx, ordersTimeout)
		s.gather(few, t, sh)
		cancel()
	}
	for _, due := range t.shards {
		if due.conn != nil && due.watched.answers.Load() && s.orders.has(due.Name) {
			s.carryOutAside(ctx, t, due)
		}
	}
}

// ask asks the shard for the orders that it holds for the shards that answer,
// and for those that are retired.
func (s *Store) ask(ctx context.Context, t *topology, sh *shard) error {
	ctx, cancel := context.WithTimeout(ctx, ordersTimeout)
	defer cancel()
	var others []*shard
	for _, other := range t.shards {
		if sh.holds(other) && (other.conn == nil || other.watched.answers.Load()) {
			others = append(others, other)
		}
	}
	if len(others) == 0 {
		return sh.client.Ping(ctx).Err()
	}
	// Without the breaker, which would refuse a look for up to a second.
	return s.readOrders(ctx, sh, sh.sendDirect, others)
}

// carryOutAside carries orders out in the background.
func (s *Store) carryOutAside(ctx context.Context, t *topology, sh *shard) {
	if !sh.watched.carrying.CompareAndSwap(false, true) {
		return
	}
	s.watcher.work.Go(func() {
		defer sh.watched.carrying.Store(false)
		if sh.tryEnter() {
			defer sh.leave()
			_ = s.carryOutAll(ctx, t, sh) // else at the next look
		}
	})
}
