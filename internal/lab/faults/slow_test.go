package faults

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// H14: with 2 s of latency on one shard, the sessions of the others are served without an error, and callers who wait for it
// hold no more goroutines than there are callers and connections.
func TestASlowShardHoldsUpNobodyElse(t *testing.T) {
	const callers = 64
	l := newLab(t, 1, short)
	plain()(l)
	sessions := make(map[string]*family)
	for number := 0; len(sessions) < len(l.shards); number++ {
		f, err := newFamily(t.Context(), l.real, number)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.real.Create(t.Context(), f.ids[0], step{}.Delta()); err != nil {
			t.Fatal(err)
		}
		sessions[l.owner(f.ids[0].Place)] = f
	}
	before := runtime.NumGoroutine()
	l.shards[0].proxy.disturb(latency, time.Second) // each way
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var most, failed, worked atomic.Int64
	var load sync.WaitGroup
	for i := range callers {
		load.Go(func() {
			for ctx.Err() == nil {
				name := l.shards[i%len(l.shards)].name
				call, end := context.WithTimeout(t.Context(), callTimeout)
				begin := time.Now()
				_, err := l.real.Load(call, sessions[name].ids[0])
				end()
				switch {
				case name == "a" && err != nil:
					failed.Add(1)
				case err == nil:
					worked.Add(1)
				case time.Since(begin) < callTimeout: // else it may be the machine that stands still
					t.Errorf("shard %s: %v", name, err)
				}
				if n := int64(runtime.NumGoroutine()); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	load.Wait()
	// For every caller itself and one that dials; for every connection of the pools the two of our proxy and one of the client.
	limit := int64(before + 2*callers + 3*(len(l.shards)*64))
	t.Logf("%d calls failed on the slow shard, %d worked on the others; %d goroutines before, %d at most", failed.Load(), worked.Load(), before, most.Load())
	if failed.Load() == 0 || worked.Load() == 0 || most.Load() > limit {
		t.Errorf("want failed and good calls and at most %d goroutines", limit)
	}
}
