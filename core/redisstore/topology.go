package redisstore

import (
	"errors"
	"fmt"

	"github.com/ringsession/ringsession/ring"
)

// A topology is the list of shards at one time. It never changes; SetShards
// makes another.
type topology struct {
	shards []*shard
	byTag  map[string]*shard
	byName map[string]*shard
	ring   *ring.Ring // of the shards that take new sessions; nil if there is none
}

// shard is a Shard in use. A retired one has no conn.
type shard struct {
	Shard
	*conn
}

// checkAll returns an error that names the first shard that is wrong, alone or
// together with another.
func checkAll(shards []Shard) error {
	if len(shards) == 0 {
		return errors.New("redisstore: no shards")
	}
	names := make(map[string]bool)
	tags := make(map[string]string)
	for i, sh := range shards {
		if err := sh.check(); err != nil {
			return fmt.Errorf("redisstore: shard %d of %d: %w", i+1, len(shards), err)
		}
		if names[sh.Name] {
			return fmt.Errorf("redisstore: two shards have the name %q", sh.Name)
		}
		if other, taken := tags[sh.tag()]; taken {
			return fmt.Errorf("redisstore: the names %q and %q hash to the same tag: "+
				"rename the one without sessions", other, sh.Name)
		}
		names[sh.Name], tags[sh.tag()] = true, sh.Name
	}
	return nil
}

// newTopology makes a topology of the list. Shards that old serves at the same
// address keep their conn; the conns that had to be made are returned as well.
func newTopology(
	list []Shard, old *topology, plain bool, m *marks,
) (t *topology, fresh []*shard, err error) {
	if err := checkAll(list); err != nil {
		return nil, nil, err
	}
	t = &topology{byTag: make(map[string]*shard), byName: make(map[string]*shard)}
	var nodes []ring.Node
	for _, spec := range list {
		sh := &shard{Shard: spec}
		t.shards = append(t.shards, sh)
		t.byTag[spec.tag()], t.byName[spec.Name] = sh, sh
		if spec.Retired {
			continue
		}
		before := old.find(spec.Name)
		if before != nil && !before.Retired &&
			before.URL == spec.URL && before.Client == spec.Client {
			sh.conn = before.conn
		} else if sh.conn, err = dial(spec, plain, m); err != nil {
			closeAll(fresh)
			return nil, nil, fmt.Errorf("redisstore: shard %q: %w", spec.Name, err)
		} else {
			fresh = append(fresh, sh)
		}
		if !spec.Drain {
			nodes = append(nodes, ring.Node{Name: spec.Name, Weight: spec.Weight})
		}
	}
	if len(nodes) > 0 {
		if t.ring, err = ring.New(nodes...); err != nil {
			closeAll(fresh)
			return nil, nil, fmt.Errorf("redisstore: %w", err)
		}
	}
	return t, fresh, nil
}

func (t *topology) find(name string) *shard {
	if t == nil {
		return nil
	}
	return t.byName[name]
}

// leaving returns the conns of t that next does not use.
func (t *topology) leaving(next *topology) []*conn {
	staying := make(map[*conn]bool)
	for _, sh := range next.shards {
		staying[sh.conn] = true
	}
	var gone []*conn
	for _, sh := range t.shards {
		if sh.conn != nil && !staying[sh.conn] {
			gone = append(gone, sh.conn)
		}
	}
	return gone
}

func closeAll(shards []*shard) {
	for _, sh := range shards {
		_ = sh.conn.close()
	}
}
