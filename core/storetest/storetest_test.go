package storetest

import (
	"slices"
	"strings"
	"testing"
)

const (
	// few rounds and histories suffice for most stores that pause where they should not.
	few = 16
	// atMost are tried before a rule is said not to notice a store that is wrong at rare moments only.
	atMost = few * 10 * 10 * 10
)

// TestWrongStores shows that the rules have the power to tell a wrong store.
func TestWrongStores(t *testing.T) {
	for _, w := range wrongs {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			broken := brokenRules(w)
			t.Logf("breaks %s", strings.Join(broken, ", "))
			for _, rule := range w.breaks {
				if !slices.Contains(broken, rule) {
					t.Errorf("the rule %q did not notice", rule)
				}
			}
		})
	}
}

func TestEveryRuleIsBrokenBySomeStore(t *testing.T) {
	for _, r := range slices.Concat(rules, indexRules) {
		if !slices.ContainsFunc(wrongs, func(w wrong) bool { return slices.Contains(w.breaks, r.name) }) {
			t.Errorf("no wrong store is to break the rule %q", r.name)
		}
	}
}

// tellsMore reports whether a test names the rule if it is broken too, though it
// need not be. That is for whoever writes a wrong store, and takes a while.
func tellsMore(r rule) bool { return testing.Verbose() && !strings.Contains(r.name, "-many") }

func brokenRules(w wrong) []string {
	var broken []string
	for _, r := range slices.Concat(rules, indexRules) {
		if len(w.breaks) > 0 && !slices.Contains(w.breaks, r.name) && !tellsMore(r) {
			continue
		}
		if notices(r, w, few) || slices.Contains(w.breaks, r.name) && noticesInTheEnd(r, w) {
			broken = append(broken, r.name)
		}
	}
	return broken
}

func notices(r rule, w wrong, rounds int) bool {
	b := &bent{wrong: w}
	x := &trial{store: b, forward: b.Advance, rounds: rounds, histories: rounds, seed: 1}
	return r.verify(x) != nil
}

func noticesInTheEnd(r rule, w wrong) bool {
	for rounds := 10 * few; rounds <= atMost; rounds *= 10 {
		if notices(r, w, rounds) {
			return true
		}
	}
	return false
}

func TestRightStore(t *testing.T) {
	if broken := brokenRules(wrong{}); len(broken) > 0 {
		t.Errorf("a store with nothing wrong breaks %q", broken)
	}
}

func TestFailureTellsWhatWasDone(t *testing.T) {
	b := &bent{wrong: wrong{save: func(c call) error { c.d.Clear = true; return c.save() }}}
	r := rule{"save-two", "two saves of different fields both last", saveTwo}
	err := r.verify(&trial{store: b, forward: b.Advance})
	const want = `this rule is broken: two saves of different fields both last
load id1: the field "a" is missing
what was done:
  create id1, set map["a":"0" "b":"0"]: ok
  save id1, set map["a":"1"]: ok
  save id1, set map["b":"2"]: ok
  load id1: ok`
	if err == nil {
		t.Fatal("the rule did not notice")
	}
	if got := err.Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestSeedRepeatsThePlan holds the package's comment to its word.
func TestSeedRepeatsThePlan(t *testing.T) {
	plans := func(seed, number uint64) any {
		return (&trial{store: &bent{}, seed: seed}).newHistory(number).plans
	}
	for _, test := range []struct {
		name         string
		seed, number uint64
		same         bool
	}{
		{"the same seed and number", 1, 2, true},
		{"another seed", 2, 2, false},
		{"another number", 1, 3, false},
	} {
		if same := plans(1, 2) == plans(test.seed, test.number); same != test.same {
			t.Errorf("%s: same plan is %v, want %v", test.name, same, test.same)
		}
	}
}

func TestNumberFromEnvironment(t *testing.T) {
	for _, test := range []struct {
		text string
		want uint64
		ok   bool
	}{
		{"", 7, true},
		{"100000", 100000, true},
		{"-1", 0, false},
		{"many", 0, false},
	} {
		t.Setenv("STORETEST_ROUNDS", test.text)
		got, err := number("STORETEST_ROUNDS", 7)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("STORETEST_ROUNDS=%q: got %d, %v, want %d", test.text, got, err, test.want)
		}
	}
}
