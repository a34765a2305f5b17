package ring_test

import (
	"fmt"
	"log"
	"sync/atomic"

	"github.com/ringsession/ringsession/ring"
)

func Example() {
	first, err := ring.New(ring.Node{Name: "a"}, ring.Node{Name: "b"})
	if err != nil {
		log.Fatal(err)
	}
	var current atomic.Pointer[ring.Ring]
	current.Store(first)
	fmt.Println(current.Load().Lookup("carol"))

	larger, err := current.Load().With(ring.Node{Name: "c", Weight: 2})
	if err != nil {
		log.Fatal(err)
	}
	current.Store(larger)
	fmt.Println(current.Load().Lookup("carol"))
	// Output:
	// b
	// c
}

func ExampleNew() {
	_, err := ring.New(ring.Node{Name: "a"}, ring.Node{Name: "b", Weight: -1})
	fmt.Println(err)

	_, err = ring.New(ring.Node{Name: "a"}, ring.Node{Name: "a"})
	fmt.Println(err)
	// Output:
	// ring: node "b": negative weight -1
	// ring: node "a": repeated name
}

func ExampleNode() {
	r, err := ring.New(
		ring.Node{Name: "small"},
		ring.Node{Name: "large", Weight: 3},
	)
	if err != nil {
		log.Fatal(err)
	}
	count := map[string]int{}
	for i := range 10_000 {
		count[r.Lookup(fmt.Sprint("session ", i))]++
	}
	fmt.Println(count)
	// Output: map[large:7471 small:2529]
}

func ExampleRing_Lookup() {
	r, err := ring.New(ring.Node{Name: "a"}, ring.Node{Name: "b"}, ring.Node{Name: "c"})
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range []string{"alice", "bob", "carol"} {
		fmt.Println(key, r.Lookup(key))
	}
	// Output:
	// alice a
	// bob b
	// carol c
}

func ExampleRing_Owners() {
	r, err := ring.New(ring.Node{Name: "a"}, ring.Node{Name: "b"}, ring.Node{Name: "c"})
	if err != nil {
		log.Fatal(err)
	}
	owners := r.Owners("ada")
	fmt.Println(owners)

	left, err := r.Without(owners[0])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(left.Lookup("ada"))
	// Output:
	// [b a c]
	// a
}

func ExampleRing_With() {
	r, err := ring.New(ring.Node{Name: "a"}, ring.Node{Name: "b"})
	if err != nil {
		log.Fatal(err)
	}
	next, err := r.With(ring.Node{Name: "b", Weight: 2}, ring.Node{Name: "c"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Nodes())
	fmt.Println(next.Nodes())
	// Output:
	// [{a 1} {b 1}]
	// [{a 1} {b 2} {c 1}]
}

func ExampleRing_Without() {
	r, err := ring.New(ring.Node{Name: "a"}, ring.Node{Name: "b"}, ring.Node{Name: "c"})
	if err != nil {
		log.Fatal(err)
	}
	next, err := r.Without("b")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(next.Nodes())

	_, err = next.Without("b")
	fmt.Println(err)
	// Output:
	// [{a 1} {c 1}]
	// ring: node "b": not in the ring, or named twice
}

func ExampleRing_Nodes() {
	r, err := ring.New(ring.Node{Name: "b", Weight: 2}, ring.Node{Name: "a"})
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range r.Nodes() {
		fmt.Println(n.Name, n.Weight)
	}
	// Output:
	// a 1
	// b 2
}

func ExampleRing_Shares() {
	r, err := ring.New(ring.Node{Name: "a"}, ring.Node{Name: "b", Weight: 2})
	if err != nil {
		log.Fatal(err)
	}
	shares := r.Shares()
	for _, n := range r.Nodes() {
		fmt.Printf("%s %.1f %%\n", n.Name, 100*shares[n.Name])
	}
	// Output:
	// a 33.3 %
	// b 66.7 %
}
