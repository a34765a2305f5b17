package ringbench

import (
	"testing"

	"github.com/ringsession/ringsession/ring"
)

// A fixed spreader gives all keys to its last node.
type fixed struct{ nodes []ring.Node }

func (f fixed) Lookup(string) string        { return f.nodes[len(f.nodes)-1].Name }
func (f fixed) LookupAll(keys []string) int { return len(keys) }

func TestBalanceIsThatOfTheHeaviestNode(t *testing.T) {
	r := rival{"fixed", true, func(nodes []ring.Node) spreader { return fixed{nodes} }}
	keys := randomKeys(100, shortKey, 0)
	if got := balance(r, 4, equal, 3, keys).Most; got != 4 {
		t.Errorf("one of 4 nodes with all keys has 4 times its part: got %v", got)
	}
	if got := balance(r, 5, mixed, 3, keys).Most; got != 3 {
		t.Errorf("weight 5 of 15 with all keys has 3 times its part: got %v", got)
	}
}
