package ring_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ringsession/ringsession/ring"
)

func mustNew(t testing.TB, nodes ...ring.Node) *ring.Ring {
	t.Helper()
	r, err := ring.New(nodes...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sequential returns redis-1 to redis-n, all of weight 1.
func sequential(n int) []ring.Node {
	nodes := make([]ring.Node, n)
	for i := range nodes {
		nodes[i].Name = fmt.Sprintf("redis-%d", i+1)
	}
	return nodes
}

func TestMistakesAreErrorsThatNameTheNode(t *testing.T) {
	r := mustNew(t, ring.Node{Name: "a"}, ring.Node{Name: "b", Weight: 2})
	build := func(nodes ...ring.Node) func() (*ring.Ring, error) {
		return func() (*ring.Ring, error) { return ring.New(nodes...) }
	}
	with := func(nodes ...ring.Node) func() (*ring.Ring, error) {
		return func() (*ring.Ring, error) { return r.With(nodes...) }
	}
	without := func(names ...string) func() (*ring.Ring, error) {
		return func() (*ring.Ring, error) { return r.Without(names...) }
	}
	for _, test := range []struct {
		name string
		call func() (*ring.Ring, error)
		want string
	}{
		{"no nodes", build(), `ring: no nodes`},
		{"an empty name", build(ring.Node{Name: "a"}, ring.Node{}), `ring: node "": empty name`},
		{"a repeated name", build(ring.Node{Name: "a"}, ring.Node{Name: "b"}, ring.Node{Name: "a", Weight: 2}), `ring: node "a": repeated name`},
		{"a negative weight", build(ring.Node{Name: "a", Weight: -1}), `ring: node "a": negative weight -1`},
		{"the lowest weight", build(ring.Node{Name: "a", Weight: math.MinInt}), fmt.Sprintf(`ring: node "a": negative weight %d`, math.MinInt)},
		{"a weight above the limit", build(ring.Node{Name: "a", Weight: 1<<16 + 1}), `ring: node "a": weight 65537 brings the total above 65536`},
		{"weights that overflow", build(ring.Node{Name: "a"}, ring.Node{Name: "b", Weight: math.MaxInt}), fmt.Sprintf(`ring: node "b": weight %d brings the total above 65536`, math.MaxInt)},
		{"too many nodes", build(sequential(1<<16 + 1)...), `ring: node "redis-9999": weight 1 brings the total above 65536`},
		{"a name with a line break", build(ring.Node{Name: "a\n", Weight: -1}), `ring: node "a\n": negative weight -1`},

		{"With an empty name", with(ring.Node{Weight: 2}), `ring: node "": empty name`},
		{"With a name twice", with(ring.Node{Name: "c"}, ring.Node{Name: "c"}), `ring: node "c": repeated name`},
		{"With a negative weight", with(ring.Node{Name: "b", Weight: -2}), `ring: node "b": negative weight -2`},
		{"With too much weight", with(ring.Node{Name: "c", Weight: 1<<16 - 2}), `ring: node "c": weight 65534 brings the total above 65536`},

		{"Without an unknown name", without("a", "c"), `ring: node "c": not in the ring, or named twice`},
		{"Without a name twice", without("a", "a"), `ring: node "a": not in the ring, or named twice`},
		{"Without all nodes", without("a", "b"), `ring: no nodes`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.call()
			if err == nil || err.Error() != test.want {
				t.Errorf("an error must say what is wrong with which node: got %v, want %s", err, test.want)
			}
			if got != nil {
				t.Error("an error must come without a ring")
			}
		})
	}
}

func TestTheLimitItselfIsAllowed(t *testing.T) {
	for _, nodes := range [][]ring.Node{
		{{Name: "a", Weight: 1 << 16}},
		sequential(1 << 16),
	} {
		if _, err := ring.New(nodes...); err != nil {
			t.Errorf("a total weight of 65,536 must be allowed with %d nodes: %v", len(nodes), err)
		}
	}
}

func TestNodesAreInOrderOfNameAndAWeightOf0Means1(t *testing.T) {
	given := []ring.Node{{Name: "c", Weight: 3}, {Name: "a"}, {Name: "b", Weight: 2}}
	before := slices.Clone(given)
	r := mustNew(t, given...)
	want := []ring.Node{{Name: "a", Weight: 1}, {Name: "b", Weight: 2}, {Name: "c", Weight: 3}}

	got := r.Nodes()
	if !slices.Equal(got, want) {
		t.Errorf("nodes must be sorted and have their weights: got %v, want %v", got, want)
	}
	if !slices.Equal(given, before) {
		t.Errorf("New must leave its arguments alone: they are now %v", given)
	}
	got[0].Name = "x"
	if !slices.Equal(r.Nodes(), want) {
		t.Error("a caller must not be able to change the ring through Nodes")
	}
}
