package ringbench

import (
	"runtime"
	"sync"
	"time"
)

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
