package core_test

import (
	"errors"
	"fmt"

	"github.com/ringsession/ringsession/core"
)

const (
	counter core.Counter      = "n"
	items   core.List[string] = "i"
)

// counts adds to the counter. The i-th addition of a play adds 4 to the power of i, so
// each is a digit, which is 2 or 3 if it counted twice.
func (p *play) counts(r *rider, v verb, arg int) {
	n, key := int64(1)<<(2*p.adds), fmt.Sprint(digitKey, p.adds)
	switch {
	case v == vReset:
		r.write(digitKey, "")
		counter.Delete(r.s)
		return
	case p.adds == 25:
		return // the next would pass what can be counted
	}
	p.adds++
	if v == vCount {
		r.write(key, "1")
		counter.Add(r.s, n)
		return
	}
	r.write(key, "1")
	w := r.pending[len(r.pending)-1]
	added, err := counter.AddUpTo(r.ctx, r.s, n, n<<(arg%2))
	p.tell("  added: %v, %v", added, err)
	if !added && err == nil {
		w.value, w.optional = "refused", true
	}
	p.asked(r, w, err)
}

// takes takes all items.
func (p *play) takes(r *rider) {
	got, err := items.Take(r.ctx, r.s)
	p.tell("  took: %q, %v", got, err)
	for _, value := range got {
		r.sees(itemKey+value, value)
		if p.taken[value] {
			p.wrong("request %d takes %q, which was taken before", r.name, value)
		}
		p.taken[value] = true
	}
	for _, value := range p.items {
		if err != nil || p.taken[value] {
			r.write(itemKey+value, "") // perhaps, if it failed
			p.asked(r, r.pending[len(r.pending)-1], err)
		}
		if err != nil { // the next save may put it back
			r.write(itemKey+value, value)
			p.asked(r, r.pending[len(r.pending)-1], err)
		}
	}
	p.asked(r, nil, err)
}

// asked notes what a method that saves has promised of everything pending.
func (p *play) asked(r *rider, w *write, err error) {
	switch {
	case errors.Is(err, core.ErrGone), r.gone && err == nil:
		r.discard()
	case err == nil:
		r.acknowledge()
	case w != nil:
		w.optional = true
	}
	r.gone = false
}

// digits returns what each addition has left in the counter: "" or "1".
func (p *play) digits(s *core.Session) []string {
	digits, n := make([]string, p.adds), counter.Get(s)
	for i := range digits {
		if digit := n >> (2 * i) & 3; digit > 1 {
			p.wrong("addition %d counted %d times", i, digit)
		} else if digit == 1 {
			digits[i] = "1"
		}
	}
	if n < 0 || n>>(2*p.adds) > 0 {
		p.wrong("the counter is %d", n)
	}
	return digits
}
