package ringbench

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
)

var sizes = []int{4, 10, 64, 1000}

// built keeps what was built last, by rival, nodes and weights: some rivals take seconds, and BenchmarkBuild comes first.
var built sync.Map

func spreaderOf(r rival, n int, w namedWeights) spreader {
	if s, ok := built.Load(caseName(r, n, w)); ok {
		return s.(spreader)
	}
	return build(r, n, w)
}

func build(r rival, n int, w namedWeights) spreader {
	s := r.build(namedNodes(n, w.weights))
	built.Store(caseName(r, n, w), s)
	return s
}

func caseName(r rival, n int, w namedWeights) string {
	return fmt.Sprintf("%s/nodes=%d/%s", r.name, n, w.name)
}

func BenchmarkBuild(b *testing.B) {
	eachRival(func(r rival, n int, w namedWeights) {
		b.Run(caseName(r, n, w), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				build(r, n, w)
			}
		})
	})
}

func BenchmarkHash(b *testing.B) {
	for _, length := range []int{shortKey, longKey} {
		for _, base := range bases {
			b.Run(fmt.Sprintf("%s/key=%d", base.name, length), func(b *testing.B) { run(b, base.lookupAll, length) })
		}
	}
}

func BenchmarkLookup(b *testing.B) { eachLookup(b, run) }

func BenchmarkParallelLookup(b *testing.B) { eachLookup(b, runParallel) }

func eachRival(do func(r rival, n int, w namedWeights)) {
	for _, r := range rivals {
		for _, n := range sizes {
			for _, w := range bothWeights {
				if r.weighted || w.name == equalName {
					do(r, n, w)
				}
			}
		}
	}
}

func eachLookup(b *testing.B, measure func(*testing.B, loop, int)) {
	eachRival(func(r rival, n int, w namedWeights) {
		for _, length := range []int{shortKey, longKey} {
			b.Run(fmt.Sprintf("%s/key=%d", caseName(r, n, w), length), func(b *testing.B) {
				measure(b, spreaderOf(r, n, w).LookupAll, length)
			})
		}
	})
}

func run(b *testing.B, lookupAll loop, length int) {
	keys := randomKeys(1<<12, length, 0)
	b.ReportAllocs()
	b.ResetTimer()
	sink.Add(int64(lookupAll.lookUp(keys, b.N)))
}

func runParallel(b *testing.B, lookupAll loop, length int) {
	keys := randomKeys(1<<12, length, 0)
	callers := runtime.GOMAXPROCS(0)
	b.ReportAllocs()
	b.ResetTimer()
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { sink.Add(int64(lookupAll.lookUp(keys, (b.N+i)/callers))) })
	}
	all.Wait()
}
