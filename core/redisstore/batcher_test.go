package redisstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A line is a batcher to a real server, and a record of what it sent.
type line struct {
	*batcher
	server *redistest.Server

	mu     sync.Mutex
	sent   []int // commands of each write
	refuse func() error
}

func newLine(t *testing.T, plain bool) *line {
	t.Helper()
	server := redistest.Start(t)
	o, err := ClientOptions(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	o.ReadTimeout = 30 * time.Second // longer than any test: what ends early does so by its context
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	l := &line{batcher: newPlain(client), server: server}
	if !plain {
		l.batcher, _ = newBatchers(client, true)
		l.slow = time.Hour // a server that hangs is not to be taken for one that is slow
	}
	client.AddHook(l)
	return l
}

func (l *line) DialHook(next redis.DialHook) redis.DialHook { return next }

func (l *line) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "hello" { // a new connection's
			return next(ctx, cmd)
		}
		if err := l.note(1); err != nil {
			return err
		}
		return next(ctx, cmd)
	}
}

func (l *line) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if err := l.note(len(cmds)); err != nil {
			return err
		}
		return next(ctx, cmds)
	}
}

func (l *line) note(commands int) error {
	l.mu.Lock()
	l.sent = append(l.sent, commands)
	refuse := l.refuse
	l.mu.Unlock()
	if refuse != nil {
		return refuse()
	}
	return nil
}

// writes waits until there were so many, and returns the number of commands of each.
func (l *line) writes(t *testing.T, n int) []int {
	t.Helper()
	var sent []int
	l.until(t, fmt.Sprintf("%d writes", n), func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		sent = slices.Clone(l.sent)
		return len(sent) >= n
	})
	return sent
}

// gathered waits until so many calls wait for a turn.
func (l *line) gathered(t *testing.T, n int) {
	t.Helper()
	l.until(t, fmt.Sprintf("%d calls wait", n), func() bool {
		l.batcher.mu.Lock()
		defer l.batcher.mu.Unlock()
		waiting := 0
		for _, b := range l.waiting {
			waiting += len(b.calls)
		}
		return waiting == n
	})
}

func (l *line) until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !condition(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// echo sends a command with a reply of its own on a goroutine. The channel gets an error, nil if the reply is right.
func (l *line) echo(ctx context.Context, text string) <-chan error {
	end := make(chan error, 1)
	go func() {
		cmd := redis.NewStringCmd(ctx, "echo", text)
		err := l.send(ctx, "", cmd)
		if err == nil && cmd.Val() != text {
			err = fmt.Errorf("the reply to %q is %q", text, cmd.Val())
		}
		end <- err
	}()
	return end
}

// holdTurn pauses the server and takes the turn.
func (l *line) holdTurn(t *testing.T, ctx context.Context) <-chan error {
	t.Helper()
	l.server.Pause()
	held := l.echo(ctx, "turn")
	l.writes(t, 1)
	return held
}

func TestCallsThatComeTogetherGoTogether(t *testing.T) {
	l := newLine(t, false)
	ends := []<-chan error{l.holdTurn(t, t.Context())}
	const calls = 2*batchCalls + 44
	for i := range calls {
		ends = append(ends, l.echo(t.Context(), fmt.Sprint("call ", i)))
	}
	l.gathered(t, calls)
	l.server.Resume()
	for _, end := range ends {
		if err := <-end; err != nil {
			t.Error(err)
		}
	}
	sent := l.writes(t, 4)
	if want := []int{1, batchCalls, batchCalls, 44}; !slices.Equal(sent, want) {
		t.Errorf("writes of %d commands, want %d", sent, want)
	}
	l.until(t, "all turns are given back", func() bool {
		l.batcher.mu.Lock()
		defer l.batcher.mu.Unlock()
		return l.taken == 0
	})
}

func TestOnThePlainPoolNoCallWaitsForAnother(t *testing.T) {
	l := newLine(t, true)
	l.server.Pause()
	var ends []<-chan error
	for i := range 20 {
		ends = append(ends, l.echo(t.Context(), fmt.Sprint("call ", i)))
	}
	l.writes(t, 20)
	l.server.Resume()
	for _, end := range ends {
		if err := <-end; err != nil {
			t.Error(err)
		}
	}
}

func TestACallThatGivesUpBeforeItsTurnIsNotSent(t *testing.T) {
	l := newLine(t, false)
	held := l.holdTurn(t, t.Context())
	ctx, giveUp := context.WithCancel(t.Context())
	incr := make(chan error, 1)
	go func() { incr <- l.send(ctx, "", redis.NewIntCmd(ctx, "incr", "n")) }()
	l.gathered(t, 1)
	other := l.echo(t.Context(), "stays")
	l.gathered(t, 2)
	giveUp()
	if err := <-incr; !errors.Is(err, context.Canceled) { // the server still hangs
		t.Errorf("the call that gave up: %v", err)
	}
	l.server.Resume()
	for _, end := range []<-chan error{held, other} {
		if err := <-end; err != nil {
			t.Error(err)
		}
	}
	if n := l.server.Client().Exists(t.Context(), "n").Val(); n != 0 {
		t.Error("the command of a call that had given up was run")
	}
}

func TestACallEndsWithItsContextThoughItsBatchGoesOn(t *testing.T) {
	l := newLine(t, false)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	held := l.holdTurn(t, short)
	ctx, giveUp := context.WithCancel(t.Context())
	leaves := l.echo(ctx, "leaves")
	l.gathered(t, 1)
	stays := l.echo(t.Context(), "stays")
	l.gathered(t, 2)
	if err := <-held; err == nil {
		t.Error("a reply from a server that hangs")
	}
	if sent := l.writes(t, 2); sent[1] != 2 {
		t.Fatalf("writes of %d commands, want the last of 2", sent)
	}
	giveUp()
	if err := <-leaves; !errors.Is(err, context.Canceled) {
		t.Errorf("the call that gave up: %v", err)
	}
	l.server.Resume()
	if err := <-stays; err != nil {
		t.Errorf("the call that stayed: %v", err)
	}
}

// One connection that stalls, by a packet that was lost, does not hold up those who come later, nor those who wait for it.
func TestACallThatComesWhileNothingMovesTakesTheOthersAlong(t *testing.T) {
	l := newLine(t, false)
	stalled := l.holdTurn(t, t.Context())
	var waiting []<-chan error
	for i := range 3 {
		waiting = append(waiting, l.echo(t.Context(), fmt.Sprint("waits ", i)))
	}
	l.gathered(t, 3)
	l.batcher.mu.Lock()
	l.slow = 0
	l.batcher.mu.Unlock()
	later := l.echo(t.Context(), "comes later")
	if sent := l.writes(t, 2); sent[1] != 1 {
		t.Fatalf("writes of %d commands, want another call at once", sent)
	}
	l.batcher.mu.Lock()
	for l.taken < l.turns { // as if so many calls had come
		l.taken++
	}
	l.batcher.mu.Unlock()
	last := l.echo(t.Context(), "comes when all turns are taken")
	l.gathered(t, 4)
	l.server.Resume()
	for _, end := range append(waiting, stalled, later, last) {
		if err := <-end; err != nil {
			t.Error(err)
		}
	}
}

// A connection for pings, and a quarter for calls that wait for replicas, stay free.
func TestFewerTurnsThanConnections(t *testing.T) {
	for size, want := range map[int]int{1: 1, 3: 1, 10: 6, 100: maxTurns} {
		client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", PoolSize: size})
		if b, _ := newBatchers(client, false); b.turns != want || b.slow != slowTurn {
			t.Errorf("a pool of %d: %d turns after %v, want %d after %v", size, b.turns, b.slow, want, slowTurn)
		}
		_ = client.Close()
	}
}

// A batch waits as long as the most patient of its callers.
func TestABatchEndsAtItsLastDeadline(t *testing.T) {
	b := &batcher{taken: 1}
	now := time.Now()
	join := func(deadline time.Duration) time.Time {
		ctx := context.Background()
		if deadline > 0 {
			limited, cancel := context.WithDeadline(ctx, now.Add(deadline))
			defer cancel()
			ctx = limited
		}
		own, _ := b.join(ctx, nil)
		return own.until
	}
	for _, step := range []struct {
		deadline time.Duration // of the caller that joins; 0: none
		want     time.Time
	}{
		{2 * time.Hour, now.Add(2 * time.Hour)},
		{3 * time.Hour, now.Add(3 * time.Hour)},
		{time.Hour, now.Add(3 * time.Hour)},
		{0, time.Time{}},
		{4 * time.Hour, time.Time{}},
	} {
		if got := join(step.deadline); !got.Equal(step.want) {
			t.Errorf("after a caller with deadline %v: until %v, want %v", step.deadline, got, step.want)
		}
	}
}

// One connection that breaks is one failure to the breaker, not as many as it had calls.
func TestABrokenBatchIsOneFailure(t *testing.T) {
	l := newLine(t, false)
	s := newServer(l.client, false, true, "", "a", func(core.Event) {})
	s.batches, s.reads = l.batcher, l.batcher
	s.breaker.ping = func(context.Context) error { select {} } // only the calls count
	call := func() <-chan error {
		end := make(chan error, 1)
		go func() { end <- s.send(t.Context(), "", redis.NewStringCmd(t.Context(), "echo", "x")) }()
		return end
	}
	l.server.Pause()
	ends := []<-chan error{call()}
	l.writes(t, 1)
	for range 10 * failuresToOpen {
		ends = append(ends, call())
	}
	l.gathered(t, 10*failuresToOpen)
	l.server.Kill()
	for _, end := range ends {
		if err := <-end; err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("a call to a server that died: %v", err)
		}
	}
	if n := s.breaker.failures; n != 2 {
		t.Errorf("%d failures were counted, want those of the first call and of one batch", n)
	}
}

func TestAHookThatRefusesFailsItsCallsAndGivesTheTurnBack(t *testing.T) {
	l := newLine(t, false)
	refusal := errors.New("refused")
	l.refuse = func() error { return refusal }
	if err := <-l.echo(t.Context(), "x"); !errors.Is(err, refusal) {
		t.Errorf("refused: %v", err)
	}
	two := []redis.Cmder{redis.NewStringCmd(t.Context(), "echo", "x"), redis.NewStringCmd(t.Context(), "echo", "y")}
	if err := l.send(t.Context(), "", two...); !errors.Is(err, refusal) || !errors.Is(two[1].Err(), refusal) {
		t.Errorf("two commands refused: %v, the second: %v", err, two[1].Err())
	}
	l.refuse = func() error { panic(refusal) }
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of a hook was lost")
			}
		}()
		_ = l.send(t.Context(), "", redis.NewStringCmd(t.Context(), "echo", "x"))
	}()
	if l.taken != 0 {
		t.Errorf("%d turns were not given back", l.taken)
	}
}
