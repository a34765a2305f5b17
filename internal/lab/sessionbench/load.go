package main

import (
	"errors"
	"time"
)

// A load is what a closed loop did: every connection sends its next request when the last is answered.
type load struct {
	requests int
	elapsed  time.Duration
}

func (l load) perSecond() float64 {
	if l.requests == 0 {
		return 0
	}
	return float64(l.requests) / l.elapsed.Seconds()
}

var errSilent = errors.New("no connection had an answer for " + patience.String())

// drive makes requests on all connections for that long, or until each has made the limit of them if there is one, and
// returns when the last is answered. The first wrong answer ends it.
func drive(all []*visitor, span time.Duration, limit int) (load, error) {
	p, err := newPoller()
	if err != nil {
		return load{}, err
	}
	defer p.close()
	begin, done := time.Now(), answered(all)
	last := make([]int, len(all)) // what done is when a connection has reached the limit
	for i, v := range all {
		last[i] = v.done + limit
		if err := errors.Join(p.add(v.fd, i), v.send(v.request)); err != nil {
			return load{}, err
		}
	}
	var ready []int
	for waiting := len(all); waiting > 0; {
		if ready, err = p.wait(ready[:0], patience); err != nil {
			return load{}, err
		}
		if len(ready) == 0 {
			return load{}, errSilent
		}
		over := time.Since(begin) >= span
		for _, i := range ready {
			v := all[i]
			if complete, err := v.take(); err != nil {
				return load{}, err
			} else if !complete {
				continue
			}
			if over || limit > 0 && v.done == last[i] {
				waiting--
			} else if err := v.send(v.request); err != nil {
				return load{}, err
			}
		}
	}
	return load{answered(all) - done, time.Since(begin)}, nil
}

// take reads what has come, and checks the answer if that completes it.
func (v *visitor) take() (complete bool, err error) {
	r, complete, err := v.receive()
	if err != nil || !complete {
		return false, err
	}
	return true, v.check(r)
}
