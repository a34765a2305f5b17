package ringbench

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/zeebo/xxh3"

	"github.com/ringsession/ringsession/internal/lab/report"
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

// passKeys are looked up between two looks at the clock.
const passKeys = 1 << 10

// time returns the nanoseconds of a lookup, in passes over some of the keys.
func (l loop) time(keys []string, slice time.Duration) float64 {
	passes := slices.Collect(slices.Chunk(keys, passKeys))
	sum, next := 0, 0
	took := middleOf(slice, func() float64 {
		pass := passes[next%len(passes)]
		next++
		return timeOf(func() { sum += l(pass) }) / float64(len(pass))
	})
	sink.Add(int64(sum))
	return took
}

// timeParallel returns the same for as many callers as there are processors, taken together: two that do not hinder each
// other need half the time of one.
func (l loop) timeParallel(keys []string, slice time.Duration) float64 {
	times := make([]float64, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() { times[i] = l.time(keys, slice) })
	}
	all.Wait()
	each := 0.0
	for _, time := range times {
		each += time / float64(len(times))
	}
	return each / float64(len(times))
}

// middleOf goes on measuring for as long as the slice lasts, and once at least. The median leaves out what took long because
// the system gave the processor to somebody else.
func middleOf(slice time.Duration, measure func() float64) float64 {
	var all []float64
	for start := time.Now(); len(all) == 0 || time.Since(start) < slice; {
		all = append(all, measure())
	}
	return report.SpreadOf(all).Median
}

// timeOf returns the nanoseconds that do takes.
func timeOf(do func()) float64 {
	start := time.Now()
	do()
	return float64(time.Since(start).Nanoseconds())
}
