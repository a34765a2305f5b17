package ring_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
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
