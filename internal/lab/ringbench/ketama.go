package ringbench

import (
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ringsession/ringsession/ring"
)

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
