package ringbench

import (
	"slices"

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

// A change of a list of nodes concerns one of them.
type change struct {
	byWeight bool
	do       func(nodes []ring.Node) (after []ring.Node, changed string)
}

// changes are an added node, a removed one and one with half its weight. They leave the heaviest weight as it is, as long as
// two nodes have it: go-zero takes all others relative to it.
var changes = [3]change{
	{false, func(nodes []ring.Node) ([]ring.Node, string) {
		return append(slices.Clone(nodes), ring.Node{Name: "added", Weight: nodes[0].Weight}), "added"
	}},
	{false, func(nodes []ring.Node) ([]ring.Node, string) {
		i := len(nodes) / 2
		return slices.Delete(slices.Clone(nodes), i, i+1), nodes[i].Name
	}},
	{true, func(nodes []ring.Node) ([]ring.Node, string) {
		after, i := slices.Clone(nodes), len(nodes)/2
		after[i].Weight /= 2
		return after, after[i].Name
	}},
}

// strays returns, for each of the changes, the keys that move between two nodes that it does not concern, in per cent of all
// keys, over sets of nodes with random names. Nothing is measured of a change of weight where there are no weights.
func strays(r rival, n int, w weights, sets int, keys []string) [len(changes)]report.Spread {
	var values [len(changes)][]float64
	for set := range sets {
		nodes := randomNodes(n, func(i int) int { return 2 * w(i) }, set) // so that there is a half
		before := owners(r.build(nodes), keys)
		for i, c := range changes {
			if c.byWeight && !r.weighted {
				continue
			}
			after, changed := c.do(nodes)
			values[i] = append(values[i], movedBetweenOthers(before, owners(r.build(after), keys), changed))
		}
	}
	var all [len(changes)]report.Spread
	for i := range values {
		all[i] = report.SpreadOf(values[i])
	}
	return all
}

func owners(s spreader, keys []string) []string {
	all := make([]string, len(keys))
	for i, key := range keys {
		all[i] = s.Lookup(key)
	}
	return all
}

func movedBetweenOthers(before, after []string, changed string) float64 {
	moved := 0
	for i, from := range before {
		if to := after[i]; from != to && from != changed && to != changed {
			moved++
		}
	}
	return 100 * float64(moved) / float64(len(before))
}
