package core

import (
	"context"
	"fmt"

	"github.com/ringsession/ringsession/core/store"
)

// A Counter names an integer in a session. Requests of all processes may add to
// it at the same time, and no addition is lost:
//
//	const visits core.Counter = "visits"
//
// The value is between -(2^53-1) and 2^53-1. It is stored as a JSON number, so
// [Session.Get] and a [Key] of the same name can read it.
type Counter string

// Add adds n. The store does so in the same step as it saves the request's
// other changes. A counter that does not exist yet counts as 0. If the key does
// not hold an integer, or if the sum is out of range, [Session.Save] and the
// response fail. Nothing that the request changed since its last save is stored
// then.
//
// A call to the store that fails is repeated like any other, and never counts
// twice. If the session has had more than five saves with counters or lists
// within two minutes, the store may not know whether the first call has
// counted. Then the save fails, and the response is a 503. In a stream, the
// next save does not try again what the failed one had.
func (c Counter) Add(s *Session, n int64) {
	if !s.allows("add to", string(c), nil) {
		return
	}
	s.mu.Lock()
	s.used = true
	err := s.life.add(string(c), n)
	s.mu.Unlock()
	if err != nil {
		s.allows("add to", string(c), err)
	}
}

// AddUpTo adds n unless the sum would be larger than the limit. It reports
// whether it added. n must be at least 1. The store decides in one step: if 30
// requests add 1 at the same time and the limit is 3, exactly 3 of them get
// true. Earlier changes of the request are saved first, in a call of their own.
//
// The errors are those of [Session.Save]. After an error of the store it is
// unknown whether n was added. After any other error it was not.
//
// A visitor without a session gets one. For guests, the limit only works for
// browsers that keep their cookie: a browser that drops it gets a new session,
// and before its first response each of its requests gets one. To limit login
// attempts, count them for the account or the address instead.
func (c Counter) AddUpTo(ctx context.Context, s *Session, n, limit int64) (added bool, err error) {
	if n < 1 || n > store.MaxCount {
		return false, fmt.Errorf("session: add %d to %q: "+
			"it must be at least 1 and at most 2^53-1", n, string(c))
	}
	if !s.allows("add to", string(c), nil) {
		return false, s.Err()
	}
	var ev events
	defer s.emit(&ev)
	s.operating.Lock()
	defer s.operating.Unlock()
	b := s.m.budget(ctx)
	q := &question{upTo: &bound{string(c), n, limit}}
	for !q.stored && !q.refused && err == nil {
		err = s.ask(b, q, &ev)
	}
	if q.stored || q.refused {
		return q.stored, nil // what the request changed meanwhile fails the next save
	}
	return false, err
}

// Get returns the count as the next save would leave it. It does not have what
// other requests added after this one read the session. If the value is not an
// integer, Get returns 0, and [Session.Err] names the key.
func (c Counter) Get(s *Session) int64 {
	n, _ := Key[int64](c).Get(s)
	return n
}

// In returns the count in a session that [Manager.Of] listed. It returns 0
// unless Of was asked for the key.
func (c Counter) In(u UserSession) int64 {
	n, _ := Key[int64](c).In(u)
	return n
}

// Delete removes the counter. The next Add starts at 0.
func (c Counter) Delete(s *Session) { s.Delete(string(c)) }
