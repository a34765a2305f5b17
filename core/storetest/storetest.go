// Package storetest checks that a [store.Store] keeps its contract. A package
// that implements one runs it in its own tests:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) (store.Store, func(time.Duration)) {
//			s := memstore.New()
//			return s, s.Advance
//		})
//	}
//
// Every rule of the contract is one subtest. A failure says which rule is
// broken, in a sentence, and what was done. docs/adding-a-store.md goes through
// a whole store.
//
// Two environment variables change a run. STORETEST_ROUNDS is how often calls
// are made to race each other. The default is 200, and a fifth as many random
// histories are checked. STORETEST_SEED is the seed of the histories that a
// failure names. It repeats what every client did, though not which of them was
// faster.
package storetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

const defaultRounds = 200

// Run checks every rule that [store.Store] promises, each in a subtest of its
// own and one after the other. A store that is a [store.Placer] chooses the
// places of its sessions. For others Run chooses random ones, as core does. A
// store that is a [store.UserIndex] has to keep the rules of one, too.
//
// Each subtest calls open once. It returns a store that is ready for use and a
// function that makes time pass for it: when advance(d) returns, all that the
// store keeps must look d older. The store may hold sessions already. What has
// to be closed belongs into t.Cleanup. Run does not sleep and compares the
// store's times with no other clock, so the store may be a server elsewhere. It
// allows for two seconds that go by in a rule.
func Run(t *testing.T, open func(t *testing.T) (s store.Store, advance func(d time.Duration))) {
	rounds, err := number("STORETEST_ROUNDS", defaultRounds)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := number("STORETEST_SEED", uint64(rand.Uint32()))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range slices.Concat(rules, indexRules) {
		t.Run(r.name, func(t *testing.T) {
			s, advance := open(t)
			if _, indexed := s.(store.UserIndex); i >= len(rules) && !indexed {
				t.Skip("the store is no store.UserIndex")
			}
			x := &trial{store: s, forward: advance, seed: seed}
			x.rounds, x.histories = int(rounds), int(rounds)/5+1
			if err := r.verify(x); err != nil {
				t.Error(err)
			}
		})
	}
}

// number returns the number in the environment variable, or the fallback if
// there is none.
func number(name string, fallback uint64) (uint64, error) {
	text := os.Getenv(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("storetest: environment variable %s: %w", name, err)
	}
	return n, nil
}
