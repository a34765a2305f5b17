package ring_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/ringsession/ringsession/ring"
)

// golden.json was computed by another program, in another language, from the
// definition in the package comment. It never changes: whoever has to change
// it has changed who owns what for every user.
type golden struct {
	// Hashes has XXH64 sums by string.
	Hashes map[string]string

	// Permutations has keys and the slots of the first ranks.
	Permutations []struct {
		Name  string
		Index int
		Key   string
		Slots []uint32
	}

	// Rings has the XXH64 sum of a table, which is for this purpose the
	// number of each slot's owner in order of name, as 2 bytes, lowest first,
	// and by key its first owners.
	Rings []struct {
		Nodes  []ring.Node
		Table  string
		Owners map[string][]string
	}
}

func readGolden(t *testing.T) golden {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Hashes) == 0 || len(g.Permutations) == 0 || len(g.Rings) == 0 {
		t.Fatal("golden.json has nothing to compare with")
	}
	return g
}

func hex(sum uint64) string { return fmt.Sprintf("%016x", sum) }

func TestTheHashIsAsPublished(t *testing.T) {
	for s, want := range readGolden(t).Hashes {
		if got := hex(xxhash.Sum64String(s)); got != want {
			t.Errorf("the hash must never change: %q has %s, want %s", s, got, want)
		}
	}
}

func TestPermutationsAreAsPublished(t *testing.T) {
	for _, want := range readGolden(t).Permutations {
		p := ring.PermutationsOf(ring.Node{Name: want.Name, Weight: want.Index + 1})[want.Index]
		if got := hex(p.Key()); got != want.Key {
			t.Errorf("keys must never change: %q, %d has %s, want %s", want.Name, want.Index, got, want.Key)
		}
		for rank, slot := range want.Slots {
			if got := p.SlotAt(uint32(rank), ring.Slots); got != slot {
				t.Errorf("permutations must never change: rank %d of %q, %d is slot %d, want %d", rank, want.Name, want.Index, got, slot)
			}
		}
	}
}

func TestRingsAreAsPublished(t *testing.T) {
	for _, want := range readGolden(t).Rings {
		r := mustNew(t, want.Nodes...)
		number := map[string]uint16{}
		for i, n := range r.Nodes() {
			number[n.Name] = uint16(i)
		}
		var table []byte
		for slot := range ring.Slots {
			table = binary.LittleEndian.AppendUint16(table, number[r.SlotOwner(slot)])
		}
		if got := hex(xxhash.Sum64(table)); got != want.Table {
			t.Errorf("tables must never change: that of %d nodes has sum %s, want %s", len(want.Nodes), got, want.Table)
		}
		for key, owners := range want.Owners {
			if got := r.Lookup(key); got != owners[0] {
				t.Errorf("owners must never change: %q of %d nodes belongs to %q, want %q", key, len(want.Nodes), got, owners[0])
			}
			if got := r.Owners(key)[:len(owners)]; !slices.Equal(got, owners) {
				t.Errorf("the order of owners must never change: %q of %d nodes got %q, want %q", key, len(want.Nodes), got, owners)
			}
		}
	}
}
