// Package storetest checks that a [core.Store] keeps its contract. A package that implements one runs it in its own tests:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) (core.Store, func(time.Duration)) {
//			store := memstore.New()
//			return store, store.Advance
//		})
//	}
//
// Every rule of the contract is one subtest. A failure says which rule is broken, in a sentence, and what was done.
// docs/adding-a-store.md goes through a whole store.
//
// Two environment variables change a run. STORETEST_ROUNDS is how often calls are made to race each other; the default is
// 200, and a fifth as many random histories are checked. STORETEST_SEED is the seed of the histories that a failure names: it
// repeats what every client did, though not which of them was faster.
package storetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
)

const defaultRounds = 200

// Run checks every rule that [core.Store] promises, each in a subtest of its own and one after the other.
//
// Each subtest calls open once, which returns a store that is ready for use and a function that makes time pass for it: when
// advance(d) returns, all that the store keeps must look d older. The store may hold sessions already. What has to be closed
// belongs into t.Cleanup. Run does not sleep and compares the store's times with no other clock, so the store may be a server
// elsewhere; it allows for two seconds that go by in a rule.
func Run(t *testing.T, open func(t *testing.T) (store core.Store, advance func(d time.Duration))) {
	rounds, err := number("STORETEST_ROUNDS", defaultRounds)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := number("STORETEST_SEED", uint64(rand.Uint32()))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			store, advance := open(t)
			x := &trial{store: store, forward: advance, rounds: int(rounds), histories: int(rounds)/5 + 1, seed: seed}
			if err := r.verify(x); err != nil {
				t.Error(err)
			}
		})
	}
}

// number returns the number in the environment variable, or the fallback if there is none.
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
