package ringbench

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"

	"github.com/ringsession/ringsession/ring"
)

// shortKey and longKey are lengths of keys: what redisstore gives to the ring, 6 random bytes in base64url, and 32 of them.
const (
	shortKey = 8
	longKey  = 43
)

// randomKeys returns n keys of a length. The same seed gives the same keys.
func randomKeys(n, length int, seed uint64) []string {
	rng := rand.New(rand.NewPCG(7, seed))
	raw := make([]byte, length*6/8)
	keys := make([]string, n)
	for i := range keys {
		for j := range raw {
			raw[j] = byte(rng.Uint32())
		}
		keys[i] = base64.RawURLEncoding.EncodeToString(raw)
	}
	return keys
}

// weights gives node number i its weight.
type weights func(i int) int

func equal(int) int   { return 1 }
func mixed(i int) int { return 1 + i%5 }

const equalName = "equal weights"

type namedWeights struct {
	name string
	weights
}

var bothWeights = []namedWeights{{equalName, equal}, {"weights 1 to 5", mixed}}

// namedNodes returns redis-1 to redis-n.
func namedNodes(n int, w weights) []ring.Node {
	nodes := make([]ring.Node, n)
	for i := range nodes {
		nodes[i] = ring.Node{Name: fmt.Sprintf("redis-%d", i+1), Weight: w(i)}
	}
	return nodes
}

// randomNodes returns n nodes with names by chance, others in each set.
func randomNodes(n int, w weights, set int) []ring.Node {
	rng := rand.New(rand.NewPCG(8, uint64(set)))
	nodes := namedNodes(n, w)
	for i := range nodes {
		nodes[i].Name = fmt.Sprintf("redis-%016x", rng.Uint64())
	}
	return nodes
}
