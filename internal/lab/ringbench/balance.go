package ringbench

import (
	"github.com/ringsession/ringsession/internal/lab/report"
	"github.com/ringsession/ringsession/ring"
)

// balance returns for sets of nodes with random names how many keys the heaviest node has, as a multiple of its part by
// weight.
func balance(r rival, n int, w weights, sets int, keys []string) report.Spread {
	values := make([]float64, sets)
	inParallel(sets, func(set int) {
		nodes := randomNodes(n, w, set)
		values[set] = heaviest(r.build(nodes), nodes, keys)
	})
	return report.SpreadOf(values)
}

func heaviest(s spreader, nodes []ring.Node, keys []string) float64 {
	counts := make(map[string]int, len(nodes))
	for _, key := range keys {
		counts[s.Lookup(key)]++
	}
	total, heaviest := totalWeight(nodes), 0.0
	for _, n := range nodes {
		fair := float64(len(keys)) * float64(n.Weight) / float64(total)
		heaviest = max(heaviest, float64(counts[n.Name])/fair)
	}
	return heaviest
}
