package storetest

import (
	"sync"
	"sync/atomic"
)

// workers is how many rounds of a race run at the same time, which also makes a
// store on a network keep up.
const workers = 8

// race carries out the round many times, each time as a trial of its own.
func (x *trial) race(rounds int, round func(*trial)) {
	var broken atomic.Pointer[trial]
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < rounds && broken.Load() == nil; i += workers {
				r := &trial{store: x.store, forward: x.forward}
				r.note("round %d of %d", i+1, rounds)
				if !r.run(round) {
					broken.CompareAndSwap(nil, r)
				}
			}
		})
	}
	wg.Wait()
	if r := broken.Load(); r != nil {
		x.done = append(x.done, r.done...)
		x.fail("%s", r.problem)
	}
}

// together makes the calls at the same moment, as far as a machine can, and
// returns their errors.
func together(calls ...func() error) []error {
	errs := make([]error, len(calls))
	var waiting, done sync.WaitGroup
	waiting.Add(len(calls))
	start := make(chan struct{})
	for i, call := range calls {
		done.Go(func() {
			waiting.Done()
			<-start
			errs[i] = call()
		})
	}
	waiting.Wait()
	close(start)
	done.Wait()
	return errs
}

// several returns n calls, numbered from 0.
func several(n int, call func(i int) error) []func() error {
	calls := make([]func() error, n)
	for i := range calls {
		calls[i] = func() error { return call(i) }
	}
	return calls
}
