package core

import (
	"context"
	"fmt"

	"github.com/ringsession/ringsession/core/store"
)

// A Counter names an integer in a session to which requests add at the same
// time, in any process, and none is lost:
//
//	const visits core.Counter = "visits"
//
// The value is at most 2^53-1 in either direction, and is a JSON number:
// [Session.Get] and a [Key] of the same name read it.
type Counter string

// Add adds n, in the step of the store that saves the request's other changes.
// A counter that is not there counts as zero. If the key holds something else
// than an integer, or the sum would pass 2^53-1, [Session.Save] and the
// response fail, and nothing that the request changed since its last save is
// stored.
//
// If a call to the store fails, it is repeated like any other and never counts
// twice. If the session has had more than five saves with counters or lists
// within two minutes, the store may be unable to tell whether it has counted.
// Then the save fails, and the response is a 503. In a stream, the next save
// leaves out what the failed one had.
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

// AddUpTo adds n, which is at least 1, unless the sum would pass the limit, and
// reports whether it did. The store decides that in one step: of 30 requests at
// the same time that add 1 up to 3, exactly 3 get true. What the request has
// changed before is saved first, in a call of its own.
//
// The errors are those of [Session.Save]. After an error of the store it is
// unknown whether n was added. After any other error it was not.
//
// A visitor without a session gets one. A limit on guests bounds a browser that
// keeps its cookie and nobody else: until the first answer has arrived each
// request has a session of its own, and whoever drops the cookie begins anew.
// To limit attempts to log in, count them for the account or the address.
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

// Get returns the count as the next save would leave it, as far as the request
// knows: what others add after it has read the session is not in it. If the
// value is no integer, it is 0, and [Session.Err] names the key.
func (c Counter) Get(s *Session) int64 {
	n, _ := Key[int64](c).Get(s)
	return n
}

// In returns the count in a session of a list, if [Manager.Of] was asked for
// the key, and otherwise 0.
func (c Counter) In(u UserSession) int64 {
	n, _ := Key[int64](c).In(u)
	return n
}

// Delete removes the counter, so that it begins at zero.
func (c Counter) Delete(s *Session) { s.Delete(string(c)) }
