package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A List names a list of items of type T in a session. Requests of all
// processes may append items and take them at the same time. No item is lost,
// and each is taken once. Flash messages need that:
//
//	const flash core.List[string] = "flash"
//
// Items are sorted by the time at which they were appended, by the clock of the
// process. Items of one process are in the order of the calls.
//
// Each item has a key of its own in the session: the list's name, "#" and 19
// more characters. No other key of the session may have this form. The keys
// count for [Options.MaxKeys] and [Options.MaxBytes], [Session.Keys] returns
// them, and [Session.Clear] removes them.
type List[T any] string

// Append adds an item at the end. It is stored with the request's other
// changes. If the value cannot be encoded, [Session.Err] returns the error.
func (l List[T]) Append(s *Session, item T) {
	text, err := encode(item)
	if !s.allows("append to", string(l), err) {
		return
	}
	key := itemKey(string(l))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.life.changes.put(key, text)
	s.life.changes.unrepeated()
}

// Items returns the items as the next save would leave them. An item that does
// not decode into a T is left out, and [Session.Err] names its key.
func (l List[T]) Items(s *Session) []T {
	s.mu.Lock()
	s.look()
	found := s.life.items(string(l))
	s.mu.Unlock()
	return decodeItems[T](s, found)
}

// Take removes the items from the store and returns them. If several requests
// take at the same time, only one of them gets each item. Earlier changes of
// the request are saved first. Call Take before the response begins. An item
// that does not decode into a T is removed but not returned, and [Session.Err]
// names its key.
//
// The errors are those of [Session.Load] and [Session.Save]. After an error the
// store may have removed the items although Take did not return them. Then the
// next save puts them back, even if another request has cleared the session
// meanwhile. The middleware makes such a save before the response begins. If it
// fails as well, the items may be lost.
//
// After a Take the items are gone, even if the response never reaches the
// browser. If that must not happen, read the items with Items, and remove them
// with Delete in a later request, when the browser has confirmed them.
func (l List[T]) Take(ctx context.Context, s *Session) ([]T, error) {
	if !s.allows("take from", string(l), nil) {
		return nil, s.Err()
	}
	found, err := s.take(ctx, string(l))
	return decodeItems[T](s, found), err
}

// Delete removes the items that the request has read. It does not remove items
// that other requests append meanwhile.
func (l List[T]) Delete(s *Session) {
	if !s.allows("delete", string(l), nil) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	for key := range s.life.items(string(l)) {
		s.life.changes.drop(key)
	}
}

// take returns the items of a list, by key, when the store has removed them.
func (s *Session) take(ctx context.Context, list string) (map[string]string, error) {
	var ev events
	defer s.emit(&ev)
	s.operating.Lock()
	defer s.operating.Unlock()
	b := s.m.budget(ctx)
	for {
		if err := s.save(b, &ev); err != nil && !errors.Is(err, ErrGone) {
			return nil, err
		}
		if err := s.readNow(b, false, &ev); err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.used = true
		q := &question{take: s.life.items(list)}
		s.mu.Unlock()
		if len(q.take) == 0 {
			return nil, nil
		}
		switch err := s.ask(b, q, &ev); {
		case q.stored:
			return q.take, nil
		case err != nil:
			return nil, err
		case q.refused: // another request was faster, and has what it took
			if err := s.readAgain(b, &ev); err != nil {
				return nil, err
			}
		}
	}
}

// readAgain reads what others have changed. Callers hold s.operating.
func (s *Session) readAgain(b budget, ev *events) error {
	s.mu.Lock()
	if s.life.stage != present {
		s.mu.Unlock()
		return nil
	}
	o := s.life.use(opLoad)
	s.mu.Unlock()
	return s.carryOut(b, o, ev)
}

// decodeItems returns the values of a list's items, by key.
func decodeItems[T any](s *Session, found map[string]string) []T {
	var items []T
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if item, ok := decodeAs[T](s, key, found[key]); ok {
			items = append(items, item)
		}
	}
	return items
}

// The key of an item is that of the list, "#", the time of its process in 13
// hexadecimal digits, and what no other process has in that microsecond.
const itemTime, itemKeyLen = 13, 1 + itemTime + 6

// latestItem is the time of this process's latest item, in microseconds.
var latestItem atomic.Int64

func itemKey(list string) string {
	for {
		last := latestItem.Load()
		now := max(time.Now().UnixMicro(), last+1)
		if latestItem.CompareAndSwap(last, now) {
			return fmt.Sprintf("%s#%0*x%s", list, itemTime, now, nonce())
		}
	}
}

// items returns the items of a list, by key.
func (l *life) items(list string) map[string]string {
	found := make(map[string]string)
	for key, text := range l.all() {
		if len(key) == len(list)+itemKeyLen && key[len(list)] == '#' &&
			strings.HasPrefix(key, list) {
			found[key] = text
		}
	}
	return found
}
