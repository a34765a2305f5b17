package ringbench

import (
	"github.com/cespare/xxhash/v2"
	"github.com/dgryski/go-jump"
	"github.com/dgryski/go-rendezvous"
	"github.com/golang/groupcache/consistenthash"
	"github.com/ringsession/ringsession/ring"
	"github.com/serialx/hashring"
	"github.com/zeromicro/go-zero/core/hash"
	"stathat.com/c/consistent"
)

type ourRing struct{ *ring.Ring }

func newOurs(nodes []ring.Node) spreader {
	r, err := ring.New(nodes...)
	if err != nil {
		panic(err)
	}
	return &ourRing{r}
}

func (r *ourRing) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(r.Lookup(key))
	}
	return int(sum)
}

type serialx struct{ *hashring.HashRing }

// serialxOf multiplies the weights, which are numbers of points.
func serialxOf(factor int) func([]ring.Node) spreader {
	return func(nodes []ring.Node) spreader {
		weights := make(map[string]int, len(nodes))
		for _, n := range nodes {
			weights[n.Name] = n.Weight * factor
		}
		return &serialx{hashring.NewWithWeights(weights)}
	}
}

func (s *serialx) Lookup(key string) string {
	name, _ := s.GetNode(key)
	return name
}

func (s *serialx) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(s.Lookup(key))
	}
	return int(sum)
}

type stathat struct{ *consistent.Consistent }

func newStathat(nodes []ring.Node) spreader {
	c := consistent.New()
	c.Set(names(nodes))
	return &stathat{c}
}

func (s *stathat) Lookup(key string) string {
	name, _ := s.Get(key)
	return name
}

func (s *stathat) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(s.Lookup(key))
	}
	return int(sum)
}

type groupcache struct{ *consistenthash.Map }

func newGroupcache(nodes []ring.Node) spreader {
	m := consistenthash.New(50, nil) // as groupcache.HTTPPool does
	m.Add(names(nodes)...)
	return &groupcache{m}
}

func (g *groupcache) Lookup(key string) string { return g.Get(key) }

func (g *groupcache) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(g.Lookup(key))
	}
	return int(sum)
}

type goZero struct{ *hash.ConsistentHash }

// newGoZero makes the heaviest weight 100, which is go-zero's limit.
func newGoZero(nodes []ring.Node) spreader {
	c := hash.NewConsistentHash()
	heaviest := heaviestWeight(nodes)
	for _, n := range nodes {
		c.AddWithWeight(n.Name, hash.TopWeight*n.Weight/heaviest)
	}
	return &goZero{c}
}

func (g *goZero) Lookup(key string) string {
	node, _ := g.Get(key)
	name, _ := node.(string)
	return name
}

func (g *goZero) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(g.Lookup(key))
	}
	return int(sum)
}

type rendezvousHash struct{ *rendezvous.Rendezvous }

func newRendezvous(nodes []ring.Node) spreader {
	return &rendezvousHash{rendezvous.New(names(nodes), xxhash.Sum64String)} // as go-redis does
}

func (r *rendezvousHash) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(r.Lookup(key))
	}
	return int(sum)
}

type jumpHash struct{ names []string }

func newJump(nodes []ring.Node) spreader { return &jumpHash{names(nodes)} }

func (j *jumpHash) Lookup(key string) string {
	return j.names[jump.Hash(xxhash.Sum64String(key), len(j.names))]
}

func (j *jumpHash) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(j.Lookup(key))
	}
	return int(sum)
}
