package ring_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ringsession/ringsession/ring"
)

// A step is one random change of the list of nodes, by name the weight before
// and after it, 0 where the node is absent.
type step map[string][2]int

func randomStep(rng *rand.Rand, nodes []ring.Node) step {
	s := step{}
	for range 1 + rng.IntN(3) {
		weight := 1 + rng.IntN(100)
		if n := nodes[rng.IntN(len(nodes))]; rng.IntN(2) == 0 {
			s[n.Name] = [2]int{n.Weight, weight}
		} else if rng.IntN(20) < len(nodes) && len(nodes) > 3 {
			s[n.Name] = [2]int{n.Weight, 0}
		} else {
			s[fmt.Sprintf("node-%d", rng.Uint32())] = [2]int{0, weight}
		}
	}
	return s
}

func (s step) apply(t *testing.T, r *ring.Ring) *ring.Ring {
	var changed []ring.Node
	var removed []string
	for name, weight := range s {
		if weight[1] == 0 {
			removed = append(removed, name)
		} else {
			changed = append(changed, ring.Node{Name: name, Weight: weight[1]})
		}
	}
	r, err := r.With(changed...)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.Without(removed...); err != nil {
		t.Fatal(err)
	}
	return r
}

// strays counts the slots that s moved although neither their old owner lost
// weight nor their new one gained any.
func (s step) strays(before, after *ring.Ring, slots int) int {
	n := 0
	for slot := range slots {
		from, to := before.SlotOwner(slot), after.SlotOwner(slot)
		if from != to && s[from][1] >= s[from][0] && s[to][1] <= s[to][0] {
			n++
		}
	}
	return n
}

func TestAThousandChangesMoveOnlyWhatTheyMust(t *testing.T) {
	t.Parallel()
	const slots = 1 << 12
	rng := rand.New(rand.NewPCG(2, 2))
	r, err := ring.NewOfSize(slots, sequential(5))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		s := randomStep(rng, r.Nodes())
		next := s.apply(t, r)
		if n := s.strays(r, next, slots); n > 0 {
			t.Fatalf("keys must move only from nodes that lost weight and to nodes that gained it: step %d, %v, has %d strays", i, s, n)
		}
		nodes := next.Nodes()
		rng.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
		fresh, err := ring.NewOfSize(slots, nodes)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(next, fresh) {
			t.Fatalf("history must not matter: after step %d, %v, the ring differs from a new one", i, s)
		}
		r = next
	}
}

func TestARingIsNotChangedByMakingAnother(t *testing.T) {
	r, same := mustNew(t, sequential(3)...), mustNew(t, sequential(3)...)
	if _, err := r.With(ring.Node{Name: "redis-1", Weight: 9}, ring.Node{Name: "redis-4"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Without("redis-2"); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r, same) {
		t.Error("a ring must never change: With or Without changed the one it was called on")
	}
}

func TestWithLeavesItsArgumentsAlone(t *testing.T) {
	backing := []ring.Node{{Name: "b"}, {Name: "a"}, {Name: "kept"}}
	if _, err := mustNew(t, sequential(3)...).With(backing[:2]...); err != nil {
		t.Fatal(err)
	}
	if want := []ring.Node{{Name: "b"}, {Name: "a"}, {Name: "kept"}}; !slices.Equal(backing, want) {
		t.Errorf("the caller's slice must stay as it is: got %v, want %v", backing, want)
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	for _, n := range []int{3, 300} {
		r := mustNew(t, sequential(n)...)
		key := []byte("the key of a session")
		if got := testing.AllocsPerRun(1000, func() { r.Lookup(string(key)) }); got != 0 {
			t.Errorf("a lookup must not allocate: %v allocations with %d nodes", got, n)
		}
	}
}

func TestARingServesManyGoroutines(t *testing.T) {
	// Small, so that the calls are short and many of them meet.
	r, err := ring.NewOfSize(1<<8, sequential(3))
	if err != nil {
		t.Fatal(err)
	}
	owner, owners := r.Lookup("key"), r.Owners("key")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if _, err := r.With(ring.Node{Name: "redis-4"}); err != nil {
					t.Error(err)
				}
				if _, err := r.Without("redis-1"); err != nil {
					t.Error(err)
				}
				r.Nodes()
				r.Shares()
				if r.Lookup("key") != owner || !slices.Equal(r.Owners("key"), owners) {
					t.Error("concurrent calls must not disturb each other: the owner changed")
				}
			}
		})
	}
	all.Wait()
}

func TestOwnersFollowTheDefinition(t *testing.T) {
	const slots = 1 << 10
	rng := rand.New(rand.NewPCG(3, 3))
	for range 10 {
		nodes := randomNodes(rng, 1+rng.IntN(20), 10)
		r, err := ring.NewOfSize(slots, nodes)
		if err != nil {
			t.Fatal(err)
		}
		want := define(slots, nodes)
		for i := range 200 {
			key := fmt.Sprint("key ", i)
			if got := r.Owners(key); !slices.Equal(got, want.ownersOf(key)) {
				t.Fatalf("owners must be in the order of their first permutations: %q got %q, want %q", key, got, want.ownersOf(key))
			}
		}
	}
}

// FuzzRing makes a small ring of comma-separated names and one weight byte
// each. Sets that New must refuse are refused; on all others the ring follows
// the definition, and adding a node and removing it again changes nothing.
func FuzzRing(f *testing.F) {
	f.Add("key", "a,b,c", []byte{1, 2, 3})
	f.Add("", "redis-1", []byte{})
	f.Add("k\x00", "a,a\x00,é", []byte{0, 16})
	f.Add("key", "a,,b", []byte{1})
	f.Add("key", "a,b,a", []byte{1, 1, 1})
	f.Fuzz(func(t *testing.T, key, list string, weights []byte) {
		const slots = 1 << 9
		names := strings.Split(list, ",")
		if len(names) > 16 {
			t.Skip("larger sets only cost time")
		}
		nodes := make([]ring.Node, len(names))
		for i, name := range names {
			nodes[i].Name = name
			if i < len(weights) {
				nodes[i].Weight = int(weights[i] % 8)
			}
		}
		slices.Sort(names)
		valid := names[0] != "" && len(slices.Compact(names)) == len(nodes)

		r, err := ring.NewOfSize(slots, nodes)
		if valid != (err == nil) {
			t.Fatalf("empty and repeated names must be refused and no others: %q got %v", list, err)
		}
		if !valid {
			return
		}
		owners := r.Owners(key)
		if want := define(slots, nodes).ownersOf(key); !slices.Equal(owners, want) {
			t.Fatalf("owners must follow the definition: got %q, want %q", owners, want)
		}
		if got := r.Lookup(key); got != owners[0] {
			t.Fatalf("the first owner must be the one looked up: got %q, want %q", got, owners[0])
		}

		other := ring.Node{Name: "other," + list, Weight: 2}
		with, err := r.With(other)
		if err != nil {
			t.Fatal(err)
		}
		if got := with.Lookup(key); got != owners[0] && got != other.Name {
			t.Fatalf("an added node must be the only one to receive keys: %q moved from %q to %q", key, owners[0], got)
		}
		if back, err := with.Without(other.Name); err != nil || !reflect.DeepEqual(back, r) {
			t.Fatalf("adding a node and removing it must change nothing: %v", err)
		}
	})
}
