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

func (l load) perSecond() float64 { return float64(l.requests) / l.elapsed.Seconds() }

var errSilent = errors.New("no connection had an answer for " + patience.String())

// drive makes requests on all connections for that long, or until each has made the limit of them if there is one, and
// returns when the last is answered. The first wrong answer ends it.
func drive(all []*visitor, span time.Duration, limit int) (load, error) {
	p, err := newPoller()
	if err != nil {
		return load{}, err
	}
	defer p.close()
	begin := time.Now()
	left := make([]int, len(all)) // requests that each connection may make, if there is a limit
	for i, v := range all {
		left[i] = limit
		if err := errors.Join(p.add(v.fd, i), v.send(v.request)); err != nil {
			return load{}, err
		}
	}
	did := load{}
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
			complete, err := all[i].take()
			if !complete || err != nil {
				if err != nil {
					return load{}, err
				}
				continue
			}
			did.requests++
			if left[i]--; over || left[i] == 0 {
				waiting--
			} else if err := all[i].send(all[i].request); err != nil {
				return load{}, err
			}
		}
	}
	did.elapsed = time.Since(begin)
	return did, nil
}

// take reads what has come, and checks the answer if that completes it.
func (v *visitor) take() (complete bool, err error) {
	r, complete, err := v.receive()
	if err != nil || !complete {
		return false, err
	}
	return true, v.check(r)
}
