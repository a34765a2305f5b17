package ringbench

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"

	"github.com/ringsession/ringsession/ring"
)

// A spreader gives each key an owner.
type spreader interface {
	Lookup(key string) string

	// LookupAll looks all keys up and returns something made of the answers, so that no lookup can be left out. It is a
	// method because a call through an interface for each key would be a good part of what is measured.
	LookupAll(keys []string) int
}

// A rival makes a spreader of nodes.
type rival struct {
	name     string
	weighted bool // owners get keys by their weights; otherwise these are passed over
	build    func([]ring.Node) spreader
}

const (
	oursName = "ring"
	baseName = "bare xxhash64"
	xxh3Name = "bare XXH3"
)

var (
	ours        = rival{oursName, true, newOurs}
	maglevSmall = rival{"Maglev, 65,537 slots", true, maglevOf(65537)}
	maglevLarge = rival{"Maglev, 131,071 slots", true, maglevOf(131071)}
)

// rivals are all that is measured. Each is used as its documentation shows, with its own defaults.
var rivals = []rival{
	ours,
	maglevSmall,
	maglevLarge,
	{"Maglev, 65,537 slots, XXH3", true, maglevXXH3Of(65537)},
	{"md5 ring, 32 points a node", true, newKetama},
	{"serialx/hashring", true, serialxOf(1)},
	{"serialx/hashring, weights × 100", true, serialxOf(100)},
	{"stathat/consistent", false, newStathat},
	{"groupcache/consistenthash", false, newGroupcache},
	{"go-zero/core/hash", true, newGoZero},
	{"dgryski/go-rendezvous", false, newRendezvous},
	{"dgryski/go-jump", false, newJump},
	{"hash modulo weight", true, newModulo},
}

// lengths sums the lengths of the answers: it needs the node that the table names, as a caller does.
type lengths int

func (l *lengths) add(owner string) { *l += lengths(len(owner)) }

func names(nodes []ring.Node) []string {
	all := make([]string, len(nodes))
	for i, n := range nodes {
		all[i] = n.Name
	}
	return all
}

func heaviestWeight(nodes []ring.Node) int {
	heaviest := 0
	for _, n := range nodes {
		heaviest = max(heaviest, n.Weight)
	}
	return heaviest
}

func totalWeight(nodes []ring.Node) int {
	total := 0
	for _, n := range nodes {
		total += n.Weight
	}
	return total
}

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
