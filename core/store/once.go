package store

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A Once is the part of a [Delta] that a repetition must not apply a second
// time. All of it, and the rest of the delta, is one step. If a part fails,
// nothing is changed, and the error comes before that of [Limits]. A delta
// names each field once, in Delete, Set, Take or Add, and does not clear what
// it takes or adds to.
//
// A save whose Once is not nil has a nonce, also if the Once is empty, as with
// a Set that must not come back. However many saves come between, no repetition
// of such a save is applied twice, in whatever order the attempts arrive within
// [Memory]: a store succeeds without a change if it recognizes the nonce, and
// otherwise fails with [ErrForgotten] unless it can tell that no attempt was
// applied. It recognizes at least the last [Onces] of the saves with a Once,
// for [Memory]. [Journal] does all of that.
type Once struct {
	// Add has the fields to add to. A field that is not there counts as zero.
	// The value is in decimal, as encoding/json writes an integer, and at most
	// [MaxCount] in either direction. If it would not be, or if the field holds
	// something else, the call fails with a [CountError].
	Add map[string]Addition

	// Take has fields to drop. If one of them is not there, the call fails with
	// [ErrTaken].
	Take []string

	// After is how long before this attempt of a save its first one began,
	// rounded up to milliseconds. It is zero in the first attempt and in no
	// other, and all else of the delta is the same in each of them.
	After time.Duration
}

// An Addition is a number to add, from -[MaxCount] to [MaxCount].
type Addition struct {
	N int64
	// Limit, if Limited is true, is what the sum must not pass. Otherwise the
	// call fails with a [CountError].
	Limit   int64
	Limited bool
}

// MaxCount bounds what a field can count to: any reader of JSON has integers up
// to it exactly (RFC 8259, section 6).
const MaxCount = 1<<53 - 1

// Onces is how many saves with a [Once] a store recognizes at least.
const Onces = 6

// A CountError means that a field could not be added to.
type CountError struct {
	Field  string
	Reason error // ErrNoCount, ErrOverflow or ErrAtLimit
}

// Error names the field.
func (e *CountError) Error() string { return fmt.Sprintf("add to %.80q: %v", e.Field, e.Reason) }

// Unwrap returns the reason.
func (e *CountError) Unwrap() error { return e.Reason }

// The reasons of a [CountError].
var (
	ErrNoCount  = errors.New("the value is no integer that can be counted on")
	ErrOverflow = errors.New("the sum would pass 2^53-1")
	ErrAtLimit  = errors.New("the sum would pass the limit")
)

// ParseCount returns the integer in a field's value. It reports false if the
// value is no integer, is written in another way than by encoding/json, or
// passes [MaxCount].
func ParseCount(value string) (int64, bool) {
	n, err := strconv.ParseInt(value, 10, 64)
	ok := err == nil && -MaxCount <= n && n <= MaxCount && strconv.FormatInt(n, 10) == value
	return n, ok
}

// Apply changes the fields, which are the caller's. If it fails, some of them
// may have changed.
func (o *Once) Apply(fields map[string]string) error {
	for _, name := range o.Take {
		if _, there := fields[name]; !there {
			return ErrTaken
		}
		delete(fields, name)
	}
	for name, a := range o.Add {
		value, there := fields[name]
		if !there {
			value = "0"
		}
		sum, err := a.to(value)
		if err != nil {
			return &CountError{name, err}
		}
		fields[name] = strconv.FormatInt(sum, 10)
	}
	return nil
}

// to returns the sum of a and the value.
func (a Addition) to(value string) (sum int64, err error) {
	n, ok := ParseCount(value)
	sum = n + a.N // neither is large enough to overflow
	switch {
	case !ok:
		return 0, ErrNoCount
	case max(a.N, sum) > MaxCount, min(a.N, sum) < -MaxCount:
		return 0, ErrOverflow
	case a.Limited && sum > a.Limit:
		return 0, ErrAtLimit
	}
	return sum, nil
}

// A Journal is what a store can keep in a record to recognize saves with a
// [Once]. The zero Journal is that of a new session.
type Journal struct {
	Saves []JournaledSave // in the order in which they were applied
	// Lost says that saves may be missing that were applied then or before.
	Lost time.Time
}

// A JournaledSave is a save that was applied.
type JournaledSave struct {
	Nonce    string
	At       time.Time
	Repeated bool // by a repetition, so that the first attempt may come later
}

// journaled is how long saves are kept: longer than [Memory], or else the first
// that goes would make every repetition fail that began before.
const journaled = Memory + 10*time.Second

// Enter returns the journal after the save d, or known if d was applied before.
// It fails with [ErrForgotten]. now is by the store's clock. j stays as it is.
//
// Two attempts of a save are never both applied. The one that was applied first
// is in the journal, or was dropped from it. A first attempt is dropped no
// sooner than it is due, unless there are too many; it sets Lost, and any later
// attempt fails if Lost may be after it began, which was at most After and
// [Memory] ago. A repetition is kept while its first attempt can be on its way.
func (j Journal) Enter(d Delta, now time.Time) (next Journal, known bool, err error) {
	if d.Nonce == "" {
		return j, false, nil
	}
	if slices.ContainsFunc(j.Saves, func(s JournaledSave) bool { return s.Nonce == d.Nonce }) {
		return j, true, nil
	}
	repeated := d.Once.After > 0
	if repeated && !j.Lost.IsZero() && !j.Lost.Before(now.Add(-d.Once.After-Memory)) {
		return j, false, ErrForgotten
	}
	next = Journal{Saves: slices.Clone(j.Saves), Lost: j.Lost}
	for len(next.Saves) > 0 && now.Sub(next.Saves[0].At) > journaled {
		next.drop(0)
	}
	if len(next.Saves) >= Onces {
		i := slices.IndexFunc(next.Saves, func(s JournaledSave) bool { return !s.Repeated })
		switch {
		case i >= 0:
			next.drop(i)
		case repeated:
			return j, false, ErrForgotten
		default:
			next.Lost = now
			return next, false, nil
		}
	}
	next.Saves = append(next.Saves, JournaledSave{d.Nonce, now, repeated})
	return next, false, nil
}

func (j *Journal) drop(i int) {
	if at := j.Saves[i].At; at.After(j.Lost) {
		j.Lost = at
	}
	j.Saves = slices.Delete(j.Saves, i, i+1)
}
