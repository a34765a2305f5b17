package ringbench

import (
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/ringsession/ringsession/ring"
	"github.com/zeebo/xxh3"
)

// A maglev is the table of Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section
// 3.4. Nodes take slots in turns; one with less than the heaviest weight takes part in as many turns as its weight says.
type maglev struct {
	names []string
	table []uint16
}

const noNode = 1<<16 - 1

func maglevOf(slots int) func([]ring.Node) spreader {
	return func(nodes []ring.Node) spreader {
		return &maglev{names(nodes), maglevTable(slots, nodes)}
	}
}

// maglevTable walks the permutations step by step instead of storing them, which is faster than the paper's matrix.
func maglevTable(slots int, nodes []ring.Node) []uint16 {
	m := uint64(slots)
	at, skip, credit := make([]uint32, len(nodes)), make([]uint32, len(nodes)), make([]int, len(nodes))
	for i, n := range nodes {
		at[i] = uint32(xxhash.Sum64String(n.Name) % m)
		skip[i] = uint32(xxh3.HashString(n.Name)%(m-1)) + 1
	}
	table := make([]uint16, slots)
	for i := range table {
		table[i] = noNode
	}
	heaviest := heaviestWeight(nodes)
	for filled := 0; ; {
		for i := range nodes {
			if credit[i] += nodes[i].Weight; credit[i] < heaviest {
				continue
			}
			credit[i] -= heaviest
			for table[at[i]] != noNode {
				at[i] = step(at[i], skip[i], uint32(slots))
			}
			table[at[i]] = uint16(i)
			if filled++; filled == slots {
				return table
			}
		}
	}
}

func step(at, skip, slots uint32) uint32 {
	if at += skip; at >= slots {
		at -= slots
	}
	return at
}

func (m *maglev) Lookup(key string) string {
	return m.names[m.table[xxhash.Sum64String(key)%uint64(len(m.table))]]
}

func (m *maglev) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(m.Lookup(key))
	}
	return int(sum)
}

// A maglevXXH3 looks up with the hash of package ring.
type maglevXXH3 struct{ maglev }

func maglevXXH3Of(slots int) func([]ring.Node) spreader {
	return func(nodes []ring.Node) spreader {
		return &maglevXXH3{maglev{names(nodes), maglevTable(slots, nodes)}}
	}
}

func (m *maglevXXH3) Lookup(key string) string {
	return m.names[m.table[xxh3.HashString(key)%uint64(len(m.table))]]
}

func (m *maglevXXH3) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(m.Lookup(key))
	}
	return int(sum)
}

// A ketama is the classic ring of md5 points: 32 a node on average, shared out by weight, four from one sum.
type ketama struct {
	points []point
}

type point struct {
	at    uint32
	owner string
}

func newKetama(nodes []ring.Node) spreader {
	const perNode, perSum = 32, 4
	k := &ketama{}
	total := totalWeight(nodes)
	for _, n := range nodes {
		points := max(1, perNode*len(nodes)*n.Weight/total)
		for i := range points {
			sum := md5.Sum(fmt.Appendf(nil, "%s-%d", n.Name, i/perSum))
			k.points = append(k.points, point{binary.LittleEndian.Uint32(sum[i%perSum*4:]), n.Name})
		}
	}
	slices.SortFunc(k.points, func(a, b point) int { return cmp.Compare(a.at, b.at) })
	return k
}

func (k *ketama) Lookup(key string) string {
	sum := md5.Sum([]byte(key))
	at := binary.LittleEndian.Uint32(sum[:])
	i, _ := slices.BinarySearchFunc(k.points, at, func(p point, at uint32) int { return cmp.Compare(p.at, at) })
	return k.points[i%len(k.points)].owner
}

func (k *ketama) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(k.Lookup(key))
	}
	return int(sum)
}

// A modulo is what consistent hashing is there to avoid: as even as chance allows, and almost every key moves. Its balance
// is that of the sample of keys.
type modulo struct{ names []string }

func newModulo(nodes []ring.Node) spreader {
	m := &modulo{}
	for _, n := range nodes {
		for range n.Weight {
			m.names = append(m.names, n.Name)
		}
	}
	return m
}

func (m *modulo) Lookup(key string) string {
	return m.names[xxhash.Sum64String(key)%uint64(len(m.names))]
}

func (m *modulo) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(m.Lookup(key))
	}
	return int(sum)
}
