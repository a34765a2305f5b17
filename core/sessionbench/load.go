package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// A load is what a closed loop did: every connection sends its next request when the last is answered.
type load struct {
	requests int
	elapsed  time.Duration
}

func (l load) perSecond() float64 { return float64(l.requests) / l.elapsed.Seconds() }

// drive makes requests on all connections for that long, or until each has made the limit of them if there is one. The first
// wrong answer ends it.
func drive(all []*visitor, span time.Duration, limit int) (load, error) {
	var stop atomic.Bool
	var failure atomic.Pointer[error]
	var requests atomic.Int64
	var wg sync.WaitGroup
	timer := time.AfterFunc(span, func() { stop.Store(true) })
	defer timer.Stop()
	begin := time.Now()
	for _, v := range all {
		_ = v.conn.SetDeadline(begin.Add(span + patience))
		wg.Go(func() {
			n := 0
			for !stop.Load() && (limit == 0 || n < limit) {
				if err := v.ask(); err != nil {
					failure.CompareAndSwap(nil, &err)
					stop.Store(true)
					break
				}
				n++
			}
			requests.Add(int64(n))
		})
	}
	wg.Wait()
	if err := failure.Load(); err != nil {
		return load{}, *err
	}
	return load{int(requests.Load()), time.Since(begin)}, nil
}
