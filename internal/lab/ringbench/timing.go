package ringbench

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/ringsession/ringsession/internal/lab/report"
	"github.com/ringsession/ringsession/ring"
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

// A competitor is measured once in each round. It returns a time in nanoseconds.
type competitor struct {
	name    string
	measure func() float64
}

// tooSlow is the time in nanoseconds after which a competitor is not measured again.
const tooSlow = 300e6

// samples has what each competitor took, round by round; NaN where it was not measured.
type samples map[string][]float64

// measureInRounds lets all competitors have their turn in each round, so that what else the machine does hits them alike.
func measureInRounds(rounds int, competitors []competitor) samples {
	all := samples{}
	for round := range rounds {
		runtime.GC()
		for _, c := range competitors {
			took := math.NaN()
			if round == 0 || all[c.name][0] < tooSlow {
				took = c.measure()
			}
			all[c.name] = append(all[c.name], took)
		}
	}
	return all
}

// ratio compares two competitors within each round.
func (s samples) ratio(name, base string) report.Spread {
	ratios := slices.Clone(s[name])
	for i := range ratios {
		ratios[i] /= s[base][i]
	}
	return report.SpreadOf(ratios)
}

func (s samples) nanoseconds(name string) report.Spread { return report.SpreadOf(s[name]) }

// memory builds a spreader and returns with it how many bytes it keeps, names apart.
func memory(r rival, nodes []ring.Node) (spreader, int) {
	before := heap()
	s := r.build(nodes)
	after := heap()
	runtime.KeepAlive(nodes)
	return s, max(0, after-before)
}

func heap() int {
	runtime.GC()
	runtime.GC() // the first leaves what pools hold to the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
