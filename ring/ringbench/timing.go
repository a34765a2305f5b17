package ringbench

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/zeebo/xxh3"
)

// A loop is [spreader.LookupAll], or the same with a hash alone.
type loop func(keys []string) int

// sink takes the results of loops, so that they have to be computed.
var sink atomic.Int64

// bases are what a lookup cannot do without. The first is the measure of all.
var bases = []struct {
	name      string
	lookupAll loop
}{
	{baseName, func(keys []string) int {
		var sum uint64
		for _, key := range keys {
			sum += xxhash.Sum64String(key)
		}
		return int(sum)
	}},
	{xxh3Name, func(keys []string) int {
		var sum uint64
		for _, key := range keys {
			sum += xxh3.HashString(key)
		}
		return int(sum)
	}},
}

// lookUp looks n keys up, the first again after the last.
func (l loop) lookUp(keys []string, n int) int {
	sum := 0
	for ; n > len(keys); n -= len(keys) {
		sum += l(keys)
	}
	return sum + l(keys[:n])
}

// time returns the nanoseconds of a lookup. It looks all keys up for as long as the slice lasts, and once at least.
func (l loop) time(keys []string, slice time.Duration) float64 {
	lookups, took := l.goOn(keys, slice)
	return float64(took.Nanoseconds()) / float64(lookups)
}

// timeParallel does the same in as many goroutines as there are processors. Half the time of one means that they do not
// hinder each other.
func (l loop) timeParallel(keys []string, slice time.Duration) float64 {
	var all sync.WaitGroup
	var lookups atomic.Int64
	start := time.Now()
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			n, _ := l.goOn(keys, slice)
			lookups.Add(int64(n))
		})
	}
	all.Wait()
	return float64(time.Since(start).Nanoseconds()) / float64(lookups.Load())
}

// timeOf returns the nanoseconds that do takes.
func timeOf(do func()) float64 {
	start := time.Now()
	do()
	return float64(time.Since(start).Nanoseconds())
}

func (l loop) goOn(keys []string, slice time.Duration) (lookups int, took time.Duration) {
	sum := 0
	for start := time.Now(); lookups == 0 || took < slice; took = time.Since(start) {
		sum += l(keys)
		lookups += len(keys)
	}
	sink.Add(int64(sum))
	return lookups, took
}
