package storetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// once is a delta with what must not be done twice.
func once(nonce string, o store.Once) store.Delta { return store.Delta{Nonce: nonce, Once: &o} }

// add is a delta that adds to one field, add up to a limit.
func add(name string, n int64) store.Delta { return addition(name, store.Addition{N: n}) }

func addUpTo(name string, n, limit int64) store.Delta {
	return addition(name, store.Addition{N: n, Limit: limit, Limited: true})
}

func addition(name string, a store.Addition) store.Delta {
	return once("", store.Once{Add: map[string]store.Addition{name: a}})
}

func take(names ...string) store.Delta { return once("", store.Once{Take: names}) }

// again is the delta as a repetition, so long after its first attempt began.
func again(after time.Duration, d store.Delta) store.Delta {
	o := *d.Once
	o.After = after
	d.Once = &o
	return d
}

// uncounted checks the error of a call that must not have counted.
func (x *trial) uncounted(err error, field string, reason error) {
	var e *store.CountError
	if !errors.As(err, &e) || e.Field != field || !errors.Is(err, reason) {
		x.fail("got %v, want a CountError of the field %q: %v", err, field, reason)
	}
}

func countAdds(x *trial) {
	id := x.create(store.Delta{Set: fields{"n": "41", "keep": `"1"`, "drop": "1"}})
	d := add("n", 1)
	d.Set, d.Delete = fields{"new": "1"}, []string{"drop"}
	x.save(id, d, ok)
	x.holds(id, fields{"n": "42", "keep": `"1"`, "new": "1"})
	for _, step := range []struct {
		n    int64
		want string
	}{{5, "5"}, {-5, "0"}, {0, "0"}, {-12, "-12"}, {12, "0"}, {1234567, "1234567"}} {
		x.save(id, add("made", step.n), ok)
		x.holds(id, fields{"n": "42", "keep": `"1"`, "new": "1", "made": step.want})
	}
	both := map[string]store.Addition{"n": {N: 8}, "made": {N: 3}, "odd\n\x00": {N: 1}}
	x.save(id, once("", store.Once{Add: both}), ok)
	x.holds(id, fields{"n": "50", "keep": `"1"`, "new": "1", "made": "1234570", "odd\n\x00": "1"})
}

func countRenews(x *trial) {
	id := x.create(store.Delta{Set: fields{"n": "1", "item": "1"}})
	d := add("n", 2)
	d.Once.Take, d.Login = []string{"item"}, full
	next := x.next(id)
	for range 2 {
		x.renew(id, next, d, ok)
		x.holds(next, fields{"n": "3"})
	}
	x.uncounted(x.renew(next, x.next(id), addUpTo("n", 1, 3), noCount), "n", store.ErrAtLimit)
	x.renew(next, x.next(id), take("item"), taken)
	x.user(x.holds(next, fields{"n": "3"}), full.User)
}

func countIntegers(x *trial) {
	long := strings.Repeat("1", 300)
	for _, value := range []string{
		`"1"`, "1.0", "1e3", "-0", "01", "+1", " 1", "1 ", "", "null", "[1]", "0x1", "inf", "nan",
		"9007199254740992", "-9007199254740992", "9223372036854775808", long, `"` + long + `"`, "*01",
	} {
		id := x.create(store.Delta{Set: fields{"n": value, "m": "1"}})
		d := add("n", 1)
		d.Set, d.Once.Add["m"] = fields{"new": "1"}, store.Addition{N: 1}
		x.uncounted(x.save(id, d, noCount), "n", store.ErrNoCount)
		x.holds(id, fields{"n": value, "m": "1"})
		// A field that was long, perhaps in parts, and counts from now on.
		x.save(id, store.Delta{Delete: []string{"n"}}, ok)
		x.save(id, add("n", 7), ok)
		x.save(id, add("n", 7), ok)
		x.holds(id, fields{"n": "14", "m": "1"})
	}
}

func countOverflows(x *trial) {
	for _, sign := range []int64{1, -1} {
		id := x.create(set("n", fmt.Sprint(sign*(store.MaxCount-3))))
		x.save(id, add("n", sign*2), ok)
		for _, n := range []int64{
			sign * 2, sign * store.MaxCount, sign * (1 << 62), -sign * (store.MaxCount + 1),
		} {
			d := add("n", n)
			d.Set = fields{"a": "1"}
			x.uncounted(x.save(id, d, noCount), "n", store.ErrOverflow)
		}
		x.save(id, add("n", sign), ok)
		x.holds(id, fields{"n": fmt.Sprint(sign * store.MaxCount)})
		x.save(id, add("n", -sign*store.MaxCount), ok)
		x.save(id, add("n", -sign*store.MaxCount), ok)
		x.holds(id, fields{"n": fmt.Sprint(-sign * store.MaxCount)})
	}
}

func countLimits(x *trial) {
	id := x.create(set("other", "1"))
	for i := range 3 {
		x.save(id, addUpTo("n", 1, 3), ok)
		x.holds(id, fields{"other": "1", "n": fmt.Sprint(i + 1)})
	}
	for _, n := range []int64{1, 2, 100} {
		d := addUpTo("n", n, 3)
		d.Set, d.Delete = fields{"a": "1"}, []string{"other"}
		x.uncounted(x.save(id, d, noCount), "n", store.ErrAtLimit)
	}
	x.holds(id, fields{"other": "1", "n": "3"})
	x.save(id, addUpTo("n", 2, 5), ok)
	x.save(id, addUpTo("n", -9, -4), ok)
	x.uncounted(x.save(id, addUpTo("n", 1, -4), noCount), "n", store.ErrAtLimit)
	x.uncounted(x.save(id, addUpTo("fresh", 1, 0), noCount), "fresh", store.ErrAtLimit)
	x.holds(id, fields{"other": "1", "n": "-4"})
}

// countSizes adds what makes a session larger.
func countSizes(x *trial) {
	id := x.create(store.Delta{Set: fields{"n": "9", "a": "1"}})
	x.large(x.save(id, bytesLimit(4, add("n", 1)), tooLarge), 5, 4)
	x.large(x.save(id, fieldsLimit(2, add("m", 1)), tooLarge), 3, 2)
	x.holds(id, fields{"n": "9", "a": "1"})
	for range 60 { // what is counted again does not add up
		x.save(id, bytesLimit(5, add("n", 1)), ok)
		x.save(id, bytesLimit(5, add("n", -1)), ok)
	}
	x.save(id, bytesLimit(5, add("n", 1)), ok)
	x.large(x.save(id, bytesLimit(5, set("b", "")), tooLarge), 6, 5)
	d := add("n", 1)
	d.Once.Take, d.Set = []string{"a"}, fields{"b": "1"}
	x.save(id, bytesLimit(5, d), ok)
	x.holds(id, fields{"n": "11", "b": "1"})
}

func takeDrops(x *trial) {
	long := strings.Repeat("x", 200)
	id := x.create(loginSet("ada", fields{"a": "1", "b": long, "c": "1", "n": "1"}))
	d := take("a", "b")
	d.Set = fields{"d": "1"}
	x.save(id, d, ok)
	x.holds(id, fields{"c": "1", "d": "1", "n": "1"})
	for _, names := range [][]string{{"a"}, {"c", "b"}, {"b", "c"}, {"never there"}} {
		d := take(names...)
		d.Set, d.Delete = fields{"e": "1"}, []string{"d"}
		d.Once.Add = map[string]store.Addition{"n": {N: 1}}
		x.save(id, d, taken)
		x.user(x.holds(id, fields{"c": "1", "d": "1", "n": "1"}), "ada")
	}
	x.save(id, set("b", "2"), ok)
	x.save(id, take("c", "b"), ok)
	x.holds(id, fields{"d": "1", "n": "1"})
}

func takeMany(x *trial) {
	all, d := fields{}, once("", store.Once{Add: map[string]store.Addition{}})
	for i := range 3000 {
		name := fmt.Sprint("item", i)
		all[name] = "1"
		d.Once.Take = append(d.Once.Take, name)
		d.Once.Add[fmt.Sprint("n", i)] = store.Addition{N: 1}
	}
	id := x.create(store.Delta{Set: all})
	x.save(id, d, ok)
	x.save(id, d, taken)
	if r := x.load(id); len(r.Fields) != 3000 || r.Fields["n2999"] != "1" {
		x.fail("%d fields are left, want 3000, each 1", len(r.Fields))
	}
}

// onceRepeats repeats a save at once, and after as many others as a store must
// know.
func onceRepeats(x *trial) {
	id := x.create(set("item", "1"))
	d := once("first", store.Once{
		Add: map[string]store.Addition{"n": {N: 1, Limit: 1, Limited: true}}, Take: []string{"item"},
	})
	d.Set = fields{"appended": "1"}
	x.save(id, d, ok)
	before := x.load(id)
	x.save(id, store.Delta{Delete: []string{"appended"}}, ok)
	x.advance(time.Second)
	for i := range store.Onces {
		x.save(id, again(time.Second, d), ok)
		x.save(id, store.Delta{Nonce: fmt.Sprint("p", i), Set: fields{"plain": "1"}}, ok)
		if i < store.Onces-1 {
			x.save(id, once(fmt.Sprint("o", i), store.Once{}), ok)
		}
	}
	after := x.holds(id, fields{"n": "1", "plain": "1"})
	x.sameTimes(before, after, time.Second)
	// It leaves the nonces of other saves alone.
	for i := range store.Nonces {
		x.save(id, store.Delta{
			Nonce: fmt.Sprint("p", store.Onces-1-i), Set: fields{"plain": "2"},
		}, ok)
	}
	x.holds(id, fields{"n": "1", "plain": "1"})
	x.advance(store.Memory - 20*time.Second)
	x.save(id, once("later", store.Once{}), ok) // in the place of the first
	for i := range store.Onces - 1 {
		x.save(id, again(store.Memory, once(fmt.Sprint("o", i), store.Once{
			Add: map[string]store.Addition{"n": {N: 1}},
		})), ok)
	}
	x.holds(id, fields{"n": "1", "plain": "1"})
}

// onceNever repeats each of many saves in the order of their first attempts,
// and in the other, so late that a store may have forgotten it.
func onceNever(x *trial) {
	for _, others := range []int{0, 1, store.Onces, 3 * store.Onces} {
		for _, pause := range []time.Duration{time.Second, time.Minute, 100 * time.Second, 3 * time.Minute} {
			id := x.create(set("n", "0"))
			d := once("first", store.Once{Add: map[string]store.Addition{"n": {N: 1000}}})
			x.save(id, d, ok)
			for i := range others {
				x.save(id, once(fmt.Sprint("o", i), store.Once{
					Add: map[string]store.Addition{"n": {N: 1}},
				}), ok)
			}
			x.advance(pause)
			x.save(id, once("later", store.Once{}), ok)
			// It was on its way, for as long as a call can be.
			x.save(id, again(max(time.Millisecond, pause-100*time.Second), d), ok, forgot)
			x.save(id, again(pause, d), ok, forgot)
			x.holds(id, fields{"n": fmt.Sprint(1000 + others)})
		}
	}
}

// onceTold repeats a save whose first attempt never came: a store applies it if
// it can tell so.
func onceTold(x *trial) {
	id, d := x.create(store.Delta{}), add("n", 1)
	for i := range store.Onces {
		d.Nonce = fmt.Sprint("o", i)
		x.save(id, again(time.Second, d), ok)
	}
	x.holds(id, fields{"n": fmt.Sprint(store.Onces)})
	x.advance(2 * store.Memory)
	x.save(id, add("n", 1), ok)
	d.Nonce = "late"
	x.save(id, again(time.Second, d), ok)
	x.holds(id, fields{"n": fmt.Sprint(store.Onces + 2)})
}

// onceLate lets the first attempt arrive when the repetition was applied.
func onceLate(x *trial) {
	for _, others := range []int{0, 1, store.Onces, 3 * store.Onces} {
		id, d := x.create(store.Delta{}), add("n", 1000)
		d.Nonce = "first"
		x.save(id, again(time.Second, d), ok)
		for i := range others {
			other := add("n", 1)
			other.Nonce = fmt.Sprint("o", i)
			x.save(id, other, ok)
		}
		for range 2 {
			x.advance(store.Memory / 3)
			x.save(id, d, ok)
			x.holds(id, fields{"n": fmt.Sprint(1000 + others)})
		}
	}
}

// onceForgotten finds a repetition that no store of a bounded size can tell.
func onceForgotten(x *trial) {
	id, d := x.create(set("n", "0")), add("n", 1000)
	d.Nonce = "never"
	for i := range 4096 {
		other := add("n", 1)
		other.Nonce = fmt.Sprint(i)
		x.save(id, other, ok)
	}
	d.Set = fields{"a": "1"}
	err := x.save(id, again(time.Second, d), ok, forgot)
	n, want := 4096, fields{"n": "4096"}
	if err == nil {
		n, want = 5096, fields{"n": "5096", "a": "1"}
	}
	x.holds(id, want)
	// A refused nonce is as if never sent.
	err = x.save(id, addNonced("n", 1, 3, "next"), noCount)
	x.uncounted(err, "n", store.ErrAtLimit)
	x.save(id, addNonced("n", 1, 9999, "next"), ok)
	want["n"] = fmt.Sprint(n + 1)
	x.holds(id, want)
}

func addNonced(name string, n, limit int64, nonce string) store.Delta {
	d := addUpTo(name, n, limit)
	d.Nonce = nonce
	return d
}

func parallelAdds(x *trial) {
	const writers = 40
	x.race(x.rounds/20+1, func(x *trial) {
		id, want := x.create(set("n", "2")), fields{"n": fmt.Sprint(2 + writers)}
		errs := together(several(writers, func(i int) error {
			d := add("n", 1)
			d.Nonce, d.Set = fmt.Sprint("n", i), fields{fmt.Sprint("w", i): "1"}
			return x.saveAt(id, d)
		})...)
		for i, err := range errs {
			want[fmt.Sprint("w", i)] = "1"
			x.expect(err, []outcome{ok}, "call %d of %d at the same moment: add 1 to n", i, writers)
		}
		x.holds(id, want)
	})
}

func parallelAddsUpTo(x *trial) {
	const writers, most = 30, 3
	x.race(x.rounds/20+1, func(x *trial) {
		id, counted := x.create(store.Delta{}), 0
		errs := together(several(writers, func(i int) error {
			return x.saveAt(id, addNonced("n", 1, most, fmt.Sprint("n", i)))
		})...)
		for i, err := range errs {
			x.expect(err, []outcome{ok, noCount}, "call %d of %d at the same moment: add 1 up to 3", i, writers)
			if err == nil {
				counted++
			}
		}
		if counted != most {
			x.fail("%d of %d calls counted, want %d", counted, writers, most)
		}
		x.holds(id, fields{"n": fmt.Sprint(most)})
	})
}

func parallelTakes(x *trial) {
	x.race(x.rounds/20+1, func(x *trial) {
		id := x.create(store.Delta{Set: fields{"a": "1", "b": "1"}})
		errs := together(several(20, func(i int) error {
			d := take("a", "b")
			d.Nonce = fmt.Sprint("n", i)
			return x.saveAt(id, d)
		})...)
		x.onlyOne(errs, taken, "take a and b")
		x.holds(id, nil)
	})
}

// parallelRepeats sends the attempts of a save at the same moment as others.
func parallelRepeats(x *trial) {
	x.race(x.rounds/4+1, func(x *trial) {
		id, d := x.create(store.Delta{}), add("n", 100)
		d.Nonce = "nonce"
		calls := several(4, func(i int) error { return x.saveAt(id, again(time.Duration(i)*time.Millisecond, d)) })
		calls = append(calls, several(4, func(i int) error {
			return x.saveAt(id, addNonced("n", 1, 1000, fmt.Sprint("n", i)))
		})...)
		for i, err := range together(calls...) {
			x.expect(err, []outcome{ok}, "call %d of 4 with one nonce and 4 others at the same moment: add", i)
		}
		x.holds(id, fields{"n": "104"})
	})
}
