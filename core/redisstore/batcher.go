package redisstore

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// slowTurn is how long one batch at a time is enough. When nothing came back for so long, because the server is far away or a
	// packet was lost, the next call does not wait for that but goes on a connection of its own, and takes those with it that
	// wait. With more batches at once from the beginning they would be small, and the gain lost: at 64 callers two are 15 % slower.
	slowTurn = 5 * time.Millisecond
	// maxTurns is how many batches go to one server at the same time even then.
	maxTurns = 16
	// batchCalls is how many calls a batch may have: a bound on what one connection's buffers hold.
	batchCalls = 128
)

// A batcher sends the commands of calls that come at the same time in one pipeline, as databases commit in groups: a call that
// finds a free turn goes at once, on its own goroutine; while it is taken, the others gather and go together when it is free
// again. So a call alone costs what it costs without a batcher, and many calls share one write, one read and the reply's
// way through the scheduler. It is safe for concurrent use.
type batcher struct {
	client  redis.UniversalClient
	turns   int
	slow    time.Duration // after which there is another turn
	reserve bool          // the client has a connection for every turn, so nobody waits for one
	once    bool          // the client repeats commands unless it is told not to
	pipes   sync.Pool     // of redis.Pipeliner, all empty

	mu      sync.Mutex
	taken   int       // turns
	moved   time.Time // when a turn was last taken or passed on
	waiting []*batch  // in the order in which they will go; all but the last are full
}

// newBatchers returns a batcher for everything and one for reads alone. Together they leave some connections of the client's
// pool to calls that wait for replicas and to pings.
func newBatchers(client *redis.Client, reserve bool) (all, reads *batcher) {
	free := client.Options().PoolSize - waitingCalls(client) - 1
	make := func(turns int) *batcher {
		return &batcher{client: client, turns: max(1, min(maxTurns, turns)), slow: slowTurn, reserve: reserve}
	}
	return make(free - free/4), make(free / 4)
}

// newPlain returns a batcher that makes no batches: every call goes at once, on a connection of its own.
func newPlain(client redis.UniversalClient) *batcher {
	_, cluster := client.(*redis.ClusterClient)
	return &batcher{client: client, turns: math.MaxInt, once: cluster}
}

// A batch is the calls that will go together, or have gone.
type batch struct {
	calls   [][]redis.Cmder // nil for a caller that withdrew in time
	until   time.Time       // the last deadline of its callers; zero if one has none
	done    chan struct{}   // closed when the commands have their replies
	gone    bool            // too late to withdraw
	blaming atomic.Bool     // a caller has told the breaker of its failure
}

// send sends the commands in one write and waits for their replies until ctx is done. It returns the first error among them. A
// call that gives up before its batch has gone is not sent at all.
func (b *batcher) send(ctx context.Context, _ string, cmds ...redis.Cmder) error {
	own, seat := b.join(ctx, cmds)
	if own == nil {
		defer b.pass()
		until, _ := ctx.Deadline()
		b.exec(ctx, until, cmds)
		return firstError(cmds)
	}
	var err error
	select {
	case <-own.done:
		err = firstError(cmds)
	case <-ctx.Done():
		b.withdraw(own, seat)
		err = ctx.Err()
	}
	if err == nil {
		return nil
	}
	return &batchError{err, own}
}

// join takes a turn, or else a seat in a batch that waits for one.
func (b *batcher) join(ctx context.Context, cmds []redis.Cmder) (own *batch, seat int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); b.taken == 0 || b.taken < b.turns && now.Sub(b.moved) >= b.slow {
		b.taken++
		b.moved = now
		return nil, 0
	}
	until, _ := ctx.Deadline()
	last := len(b.waiting) - 1
	if last < 0 || len(b.waiting[last].calls) == batchCalls {
		b.waiting = append(b.waiting, &batch{done: make(chan struct{}), until: until})
		last++
	}
	own = b.waiting[last]
	own.calls = append(own.calls, cmds)
	if until.IsZero() || !own.until.IsZero() && until.After(own.until) {
		own.until = until
	}
	return own, len(own.calls) - 1
}

func (b *batcher) withdraw(own *batch, seat int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !own.gone {
		own.calls[seat] = nil
	}
}

// pass hands the turn on to the batches that wait, which nobody's goroutine need wait for.
func (b *batcher) pass() {
	if next := b.next(); next != nil {
		go b.run(next)
	}
}

// run sends one batch after the other while there are any.
func (b *batcher) run(next *batch) {
	for ; next != nil; next = b.next() {
		b.dispatch(next)
	}
}

// next returns the batch whose turn it is, or gives the turn back.
func (b *batcher) next() *batch {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.moved = time.Now()
	if len(b.waiting) == 0 {
		b.taken--
		return nil
	}
	next := b.waiting[0]
	b.waiting = b.waiting[1:]
	next.gone = true
	return next
}

// dispatch sends the commands of the batch, and waits until the last of its callers has given up.
func (b *batcher) dispatch(own *batch) {
	defer close(own.done)
	cmds := make([]redis.Cmder, 0, 2*len(own.calls))
	for _, call := range own.calls {
		cmds = append(cmds, call...)
	}
	ctx := context.Background()
	if !b.reserve && !own.until.IsZero() {
		limited, cancel := context.WithDeadline(ctx, own.until)
		defer cancel()
		ctx = limited
	}
	b.exec(ctx, own.until, cmds)
}

// exec sends the commands in one write and reads their replies. Each has its own error afterwards.
func (b *batcher) exec(ctx context.Context, until time.Time, cmds []redis.Cmder) {
	if b.reserve && !until.IsZero() {
		ctx = untilContext{ctx, until}
	}
	err := b.process(ctx, cmds)
	if err == nil || firstError(cmds) != nil {
		return
	}
	// A hook of the client refused them.
	for _, cmd := range cmds {
		cmd.SetErr(err)
	}
}

func (b *batcher) process(ctx context.Context, cmds []redis.Cmder) error {
	if len(cmds) == 1 {
		if b.once && isScript(cmds[0]) {
			return b.client.Process(ctx, once{cmds[0]})
		}
		return b.client.Process(ctx, cmds[0])
	}
	pipe, ok := b.pipes.Get().(redis.Pipeliner)
	if !ok {
		pipe = b.client.Pipeline()
	}
	_ = pipe.BatchProcess(ctx, cmds...)
	_, err := pipe.Exec(ctx)
	b.pipes.Put(pipe)
	return err
}

// An untilContext has a deadline and no timer. go-redis bounds reads and writes by the deadline, and looks at Done only while it
// waits for a connection.
type untilContext struct {
	context.Context
	until time.Time
}

func (c untilContext) Deadline() (time.Time, bool) { return c.until, true }
func (untilContext) Done() <-chan struct{}         { return nil }

func firstError(cmds []redis.Cmder) error {
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil {
			return err
		}
	}
	return nil
}

// A batchError is why a call in a batch failed.
type batchError struct {
	error
	batch *batch
}

func (e *batchError) Unwrap() error { return e.error }

// isFirst reports, to one caller of each batch, that it is the one to tell of its failure.
func (e *batchError) isFirst() bool { return e.batch.blaming.CompareAndSwap(false, true) }
