package ring_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/ringsession/ringsession/ring"
)

// golden.json was computed by testdata/golden.py, which follows the definition
// in the package comment and has another implementation of the hash. It never
// changes: whoever has to change it has changed who owns what for every user.
type golden struct {
	// Hashes has XXH3 sums by string.
	Hashes map[string]string

	// Lengths has XXH3 sums by length, of the alphabet over and over: the
	// hash treats lengths differently.
	Lengths map[int]string

	// Permutations has keys and the slots of the first ranks.
	Permutations []struct {
		Name  string
		Index int
		Key   string
		Slots []uint32
	}

	// Rings has the XXH3 sum of a table, which is for this purpose the
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
	if len(g.Hashes) == 0 || len(g.Lengths) == 0 || len(g.Permutations) == 0 || len(g.Rings) == 0 {
		t.Fatal("golden.json has nothing to compare with")
	}
	return g
}

func hex(sum uint64) string { return fmt.Sprintf("%016x", sum) }

func TestTheHashIsAsPublished(t *testing.T) {
	g := readGolden(t)
	for length, want := range g.Lengths {
		s := strings.Repeat("abcdefghijklmnopqrstuvwxyz", length/26+1)[:length]
		if got := hex(xxh3.HashString(s)); got != want {
			t.Errorf("the hash must never change: %d letters have %s, want %s", length, got, want)
		}
	}
	for s, want := range g.Hashes {
		if got := hex(xxh3.HashString(s)); got != want {
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
		if got := hex(xxh3.Hash(table)); got != want.Table {
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
