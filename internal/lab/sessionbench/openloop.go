package main

import (
	"slices"
	"time"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// A pace is what an open loop did: requests are due at a constant rate, whether the server keeps up or not.
type pace struct {
	p50, p99 float64       // microseconds from the moment a request was due to its answer
	late     time.Duration // how long after the last was due the last answer came
}

// An errand is a request under way.
type errand struct {
	*visitor
	due time.Time
}

// keep makes that many requests at that rate. One that finds no connection free waits, and the wait counts.
func keep(all []*visitor, rate, total int) (pace, error) {
	p, err := newPoller()
	if err != nil {
		return pace{}, err
	}
	defer p.close()
	free := make(chan int, len(all))
	errands := make([]errand, len(all))
	for i, v := range all {
		if err := p.add(v.fd, i); err != nil {
			return pace{}, err
		}
		errands[i].visitor = v
		free <- i
	}
	begin := time.Now()
	sent := make(chan error, 1)
	stop := make(chan struct{})
	go func() { sent <- sendAll(errands, free, stop, begin, rate, total) }()
	latencies, err := receiveAll(p, errands, free, total)
	if err != nil {
		close(stop)
	}
	if sendErr := <-sent; err == nil {
		err = sendErr
	}
	if err != nil {
		return pace{}, err
	}
	slices.Sort(latencies)
	due := begin.Add(time.Duration(total-1) * time.Second / time.Duration(rate))
	return pace{report.Percentile(latencies, 50), report.Percentile(latencies, 99), time.Since(due)}, nil
}

// holdable returns the rate, or the first half, quarter or so on of it at which the last answer comes in time.
func holdable(all []*visitor, rate int, span time.Duration) (int, error) {
	const least = 100
	for ; rate > least; rate /= 2 {
		p, err := keep(all, rate, max(int(span.Seconds()*float64(rate)), 1))
		if err != nil || p.late < span/10 {
			return rate, err
		}
	}
	return rate, nil
}

// sendAll sends on time. It has a thread of its own, because timers of the runtime wake a millisecond late.
func sendAll(errands []errand, free <-chan int, stop <-chan struct{}, begin time.Time, rate, total int) error {
	defer lockPrecise()()
	for n := range total {
		due := begin.Add(time.Duration(n) * time.Second / time.Duration(rate))
		sleepUntil(due)
		select {
		case i := <-free:
			errands[i].due = due
			if err := errands[i].send(errands[i].request); err != nil {
				return err
			}
		case <-stop:
			return nil
		}
	}
	return nil
}

func receiveAll(p *poller, errands []errand, free chan<- int, total int) (latencies []float64, err error) {
	latencies = make([]float64, 0, total)
	var ready []int
	for len(latencies) < total {
		if ready, err = p.wait(ready[:0], patience); err != nil {
			return nil, err
		}
		if len(ready) == 0 {
			return nil, errSilent
		}
		for _, i := range ready {
			complete, err := errands[i].take()
			if err != nil {
				return nil, err
			}
			if complete {
				latencies = append(latencies, float64(time.Since(errands[i].due).Nanoseconds())/1000)
				free <- i
			}
		}
	}
	return latencies, nil
}
