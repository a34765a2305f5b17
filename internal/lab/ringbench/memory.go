package ringbench

import (
	"runtime"

	"github.com/ringsession/ringsession/ring"
)

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
