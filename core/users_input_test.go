package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

// An endings is a store that notes what it is asked to end.
type endings struct {
	*memstore.Store
	of   []store.Owner
	only []string
}

func (x *endings) List(ctx context.Context, of store.Owner, q store.Query) (store.Page, error) {
	x.of = append(x.of, of)
	return x.Store.List(ctx, of, q)
}

func (x *endings) End(ctx context.Context, of store.Owner, e store.Ending) (int, error) {
	x.of, x.only = append(x.of, of), append(x.only, e.Only)
	return x.Store.End(ctx, of, e)
}

// Places come from forms. Where no session can be, nobody's ends, and no store is asked.
func TestAPlaceThatIsNoneEndsNothing(t *testing.T) {
	x := &endings{Store: memstore.New()}
	m := browserOn(t, x, nil).m
	for _, place := range []string{"x", "0123456789a", "0123456789abc", "0123456789a/", "0123456789a\n"} {
		if n, err := m.End(t.Context(), "ada", place); n != 0 || err != nil || len(x.of) > 0 {
			t.Errorf("%q: ended %d, error %v, after the calls %v", place, n, err, x.of)
		}
	}
	if _, err := m.End(t.Context(), "ada", ""); err == nil || len(x.of) > 0 {
		t.Errorf("no place, which a store takes for all of them: error %v, after the calls %v", err, x.of)
	}
	if _, err := m.End(t.Context(), "ada", "0123456789ab"); err != nil || len(x.of) != 1 {
		t.Errorf("a place: error %v, after the calls %v", err, x.of)
	}
}

// Fiber gives handlers strings whose bytes are those of the next request when the handler has returned. A store may still be
// sending them then, and events are kept.
func TestTheStringsOfARequestMayChangeLater(t *testing.T) {
	x := &endings{Store: memstore.New()}
	b := browserOn(t, x, nil)
	user, place := []byte("ada"), []byte("0123456789ab")
	_, err := b.m.Of(t.Context(), unsafeString(user))
	_, one := b.m.End(t.Context(), unsafeString(user), unsafeString(place))
	_, all := b.m.EndAll(t.Context(), unsafeString(user))
	if err := errors.Join(err, one, all); err != nil {
		t.Fatal(err)
	}
	copy(user, "eve")
	copy(place, "ba9876543210")
	for i, of := range x.of {
		if of.User != "ada" {
			t.Errorf("call %d is about %q by now, want ada", i, of.User)
		}
	}
	if x.only[0] != "0123456789ab" {
		t.Errorf("the place is %q by now", x.only[0])
	}
	if e := b.events[0]; e.User != "ada" || e.Place != "0123456789ab" {
		t.Errorf("the event is about %q at %q by now", e.User, e.Place)
	}
}
