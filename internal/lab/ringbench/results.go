package ringbench

import (
	"runtime"
	"sync"
	"time"

	"github.com/ringsession/ringsession/internal/lab/report"
	"github.com/ringsession/ringsession/ring"
)

// A setting is what a figure depends on beside the rival.
type setting struct {
	nodes   int
	weights string
}

// results are all figures, by setting and by name of the rival. What a rival cannot do is missing.
type results struct {
	plan
	short, long, parallel, build map[setting]samples // lookups of short and of long keys, in parallel of long ones
	memory                       map[setting]map[string]int
	balance                      map[setting]map[string]report.Spread
	strays                       map[setting]map[string][len(changes)]report.Spread
}

// measure carries out the plan and tells progress what it does.
func measure(p plan, progress func(format string, args ...any)) *results {
	r := &results{
		plan:  p,
		short: map[setting]samples{}, long: map[setting]samples{}, parallel: map[setting]samples{}, build: map[setting]samples{},
		memory:  map[setting]map[string]int{},
		balance: map[setting]map[string]report.Spread{},
		strays:  map[setting]map[string][len(changes)]report.Spread{},
	}
	for _, w := range bothWeights {
		for _, n := range p.sizes {
			at, nodes, able := setting{n, w.name}, namedNodes(n, w.weights), rivalsFor(w)
			progress("%d nodes, %s: lookups", n, w.name)
			r.lookUp(at, nodes, able)
			progress("%d nodes, %s: builds", n, w.name)
			r.build[at] = measureInRounds(p.rounds, r.builders(nodes, able))
			progress("%d nodes, %s: balance and strays", n, w.name)
			r.spread(at, w.weights, able)
		}
	}
	return r
}

// rivalsFor returns the rivals that can give nodes their shares.
func rivalsFor(w namedWeights) (able []rival) {
	for _, r := range rivals {
		if r.weighted || w.name == equalName {
			able = append(able, r)
		}
	}
	return able
}

func (r *results) lookUp(at setting, nodes []ring.Node, able []rival) {
	r.memory[at] = map[string]int{}
	var spreaders []spreader
	for _, rival := range able {
		s, bytes := memory(rival, nodes)
		spreaders = append(spreaders, s)
		r.memory[at][rival.name] = bytes
	}
	competitors := func(keyLength int, time func(l loop, keys []string) float64) (all []competitor) {
		keys := randomKeys(r.timedKeys, keyLength, 0)
		for _, base := range bases {
			all = append(all, competitor{base.name, func() float64 { return time(base.lookupAll, keys) }})
		}
		for i, rival := range able {
			all = append(all, competitor{rival.name, func() float64 { return time(spreaders[i].LookupAll, keys) }})
		}
		return all
	}
	alone := func(l loop, keys []string) float64 { return l.time(keys, r.slice) }
	together := func(l loop, keys []string) float64 { return l.timeParallel(keys, r.slice) }
	r.short[at] = measureInRounds(r.rounds, competitors(shortKey, alone))
	r.long[at] = measureInRounds(r.rounds, competitors(longKey, alone))
	r.parallel[at] = measureInRounds(r.rounds, competitors(longKey, together))
}

func (r *results) builders(nodes []ring.Node, able []rival) (all []competitor) {
	for _, rival := range able {
		all = append(all, competitor{rival.name, func() float64 {
			return middleOf(r.slice, func() float64 { return timeOf(func() { rival.build(nodes) }) })
		}})
	}
	return all
}

func (r *results) spread(at setting, w weights, able []rival) {
	sets := r.sets(at.nodes)
	balanceKeys, strayKeys := randomKeys(r.balanceKeys, shortKey, 1), randomKeys(r.strayKeys, shortKey, 2)
	r.balance[at] = map[string]report.Spread{}
	for _, rival := range able {
		r.balance[at][rival.name] = balance(rival, at.nodes, w, sets, balanceKeys)
	}
	found := make([][len(changes)]report.Spread, len(able))
	inParallel(len(able), func(i int) { found[i] = strays(able[i], at.nodes, w, (sets+4)/5, strayKeys) })
	r.strays[at] = map[string][len(changes)]report.Spread{}
	for i, rival := range able {
		r.strays[at][rival.name] = found[i]
	}
}

// A plan says how much is measured.
type plan struct {
	sizes       []int         // numbers of nodes
	rounds      int           // of times
	slice       time.Duration // of lookups, for each competitor in a round
	timedKeys   int
	sets        func(nodes int) int // of names: balance and strays
	balanceKeys int
	strayKeys   int
}

// full takes a few minutes on two processors.
var full = plan{
	sizes:     []int{4, 10, 64, 1000},
	rounds:    11,
	slice:     8 * time.Millisecond,
	timedKeys: 1 << 12,
	sets: func(nodes int) int {
		if nodes > 64 {
			return 3 // go-zero builds for six seconds
		}
		return 15
	},
	balanceKeys: 1 << 20,
	strayKeys:   1 << 16,
}

// short proves in a second that everything works. Its figures mean nothing.
var short = plan{
	sizes:       []int{4, 64},
	rounds:      2,
	timedKeys:   1 << 6,
	sets:        func(int) int { return 2 },
	balanceKeys: 1 << 12,
	strayKeys:   1 << 10,
}

// inParallel calls do with 0 to n-1, as many at a time as there are processors.
func inParallel(n int, do func(i int)) {
	running := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i := range n {
		running <- struct{}{}
		all.Go(func() {
			do(i)
			<-running
		})
	}
	all.Wait()
}
