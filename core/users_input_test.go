package core_test

import (
	"context"
	"strings"
	"testing"
	"unsafe"

	"github.com/ringsession/ringsession/core"
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

func newEndings(t *testing.T) (*core.Manager, *endings) {
	t.Helper()
	x := &endings{Store: memstore.New()}
	m, err := core.New(x, []byte(strings.Repeat("secret", 6)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m, x
}

// Places come from forms. Where no session can be, nobody's ends, and no store is asked.
func TestAPlaceThatIsNoneEndsNothing(t *testing.T) {
	m, x := newEndings(t)
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
// sending them then.
func TestTheStringsOfARequestMayChangeLater(t *testing.T) {
	m, x := newEndings(t)
	user, place := []byte("ada"), []byte("0123456789ab")
	text := func(b []byte) string { return unsafe.String(&b[0], len(b)) }
	_, err := m.Of(t.Context(), text(user))
	_, one := m.End(t.Context(), text(user), text(place))
	_, all := m.EndAll(t.Context(), text(user))
	if err != nil || one != nil || all != nil {
		t.Fatal(err, one, all)
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
}
