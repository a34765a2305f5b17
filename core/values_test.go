package core_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

func TestAValueReadsTheSameBeforeAndAfterItWasStored(t *testing.T) {
	type cart struct{ Items []string }
	for _, test := range []struct{ set, want any }{
		{nil, nil}, {true, true}, {7, 7.0}, {"é\n\"", "é\n\""}, {[]int{1}, []any{1.0}}, {cart{[]string{"x"}}, map[string]any{"Items": []any{"x"}}},
	} {
		b := newBrowser(t, nil)
		look := func(when string, s *core.Session) {
			if got := s.Get("k"); !reflect.DeepEqual(got, test.want) {
				t.Errorf("%s, Get after Set(%#v) = %#v, want %#v", when, test.set, got, test.want)
			}
		}
		b.request(func(s *core.Session) {
			s.Set("k", test.set)
			look("in the same request", s)
			if err := s.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
			look("after Save", s)
		})
		b.request(func(s *core.Session) { look("in the next request", s) })
	}
}

func TestAKeyReadsBackWhatItWrote(t *testing.T) {
	const n core.Key[int64] = "n"
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { n.Set(s, math.MaxInt64) })
	b.request(func(s *core.Session) {
		if v, ok := n.Get(s); v != math.MaxInt64 || !ok {
			t.Errorf("Get = %d, %v; want %d", v, ok, int64(math.MaxInt64))
		}
		if v, ok := n.Pop(s); v != math.MaxInt64 || !ok {
			t.Errorf("Pop = %d, %v", v, ok)
		}
		if v, ok := n.Get(s); v != 0 || ok {
			t.Errorf("Get after Pop = %d, %v; want 0, false", v, ok)
		}
	})
	b.request(func(s *core.Session) {
		if v, ok := n.Pop(s); v != 0 || ok {
			t.Errorf("Pop in the next request = %d, %v; want 0, false", v, ok)
		}
	})
}

func TestAValueOfAnotherTypeIsNotOkAndErrNamesItsKey(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("visits", map[string]int{"N": 1, "M": 2}) })
	b.request(func(s *core.Session) {
		type other struct {
			M int
			N string
		}
		if v, ok := core.Key[other]("visits").Get(s); v != (other{}) || ok {
			t.Errorf("Get = %+v, %v; want the zero value, false", v, ok)
		}
		if err := s.Err(); err == nil || !strings.Contains(err.Error(), `"visits"`) {
			t.Errorf("Err() = %v, want one that names the key", err)
		}
		// It fails neither the save nor the response: a deploy that changes a type must not take the site down.
		s.Set("other", 1)
		if err := s.Save(t.Context()); err != nil {
			t.Errorf("Save: %v", err)
		}
	})
}

func TestWhatCannotBeStoredFailsTheResponse(t *testing.T) {
	for _, test := range []struct {
		key   string
		value any
		want  string
	}{
		{"c", make(chan int), `session: set "c": json: unsupported type: chan int`},
		{"", 1, `session: set "": the key is empty`},
		{"@user", "root", `session: set "@user": keys that begin with @ are reserved`},
	} {
		b := newBrowser(t, nil)
		s := b.start()
		s.Set(test.key, test.value)
		s.Set("fine", 1)
		h, err := b.commit(s)
		if err == nil || err.Error() != test.want || adapter.HTTPStatus(err) != 500 {
			t.Errorf("Set(%q): commit error %v with status %d, want %s", test.key, err, adapter.HTTPStatus(err), test.want)
		}
		if err != s.Err() || err != s.Save(t.Context()) || len(h.SetCookie) > 0 || b.store.Len() != 0 || b.told() != "lost" {
			t.Errorf("Set(%q): Err() = %v, cookies %q, %d sessions", test.key, s.Err(), h.SetCookie, b.store.Len())
		}
	}
}

func TestKeysClearDeleteBeforeAndAfterTheRead(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *core.Session)
		want   string
		calls  string
	}{
		{"nothing", func(*core.Session) {}, "a b", ""},
		{"set", func(s *core.Session) { s.Set("c", 1) }, "a b c", "save"},
		{"delete", func(s *core.Session) { s.Delete("a") }, "b", "save"},
		{"delete after a read", func(s *core.Session) { s.Keys(); s.Delete("a") }, "b", "load save"},
		// Another request may have set it meanwhile.
		{"delete what is not there", func(s *core.Session) { s.Keys(); s.Delete("z") }, "a b", "load save"},
		{"set and delete", func(s *core.Session) { s.Keys(); s.Set("c", 1); s.Delete("c") }, "a b", "load save"},
		{"clear", func(s *core.Session) { s.Clear() }, "", "save"},
		{"clear and set", func(s *core.Session) { s.Set("x", 1); s.Clear(); s.Set("c", 1) }, "c", "save"},
		{"clear and delete", func(s *core.Session) { s.Clear(); s.Delete("a") }, "", "save"},
		{"pop", func(s *core.Session) { s.Pop("a") }, "b", "load save"},
		{"pop what is not there", func(s *core.Session) { s.Pop("z") }, "a b", "load"},
	} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Set("a", 1); s.Set("b", 2) })
		b.store.took()
		var before string
		b.request(func(s *core.Session) {
			test.change(s)
			if test.calls != "" {
				defer func() { b.store.took() }()
				before = strings.Join(s.Keys(), " ")
			}
		})
		b.store.took()
		b.request(func(s *core.Session) {
			if got := strings.Join(s.Keys(), " "); got != test.want || test.calls != "" && before != test.want {
				t.Errorf("%s: keys %q before the save and %q after it, want %q", test.name, before, got, test.want)
			}
		})

		again := newBrowser(t, nil)
		again.request(func(s *core.Session) { s.Set("a", 1); s.Set("b", 2) })
		again.store.took()
		again.request(test.change)
		if got := again.store.took(); got != test.calls {
			t.Errorf("%s: calls %q, want %q", test.name, got, test.calls)
		}
	}
}

func TestASessionIsSafeForConcurrentUse(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("start", 1) })
	s := b.start()
	const count core.Key[int] = "count"
	var wg sync.WaitGroup
	popped := make(chan int, 100)
	s.Set("once", 1)
	s.Set("text", "x")
	wg.Go(func() { _ = s.Err() }) // alone, so that no other call's lock orders it
	for i := range 20 {
		wg.Go(func() {
			count.Set(s, i)
			count.Get(s)
			core.Key[int]("text").Get(s) // an error that Err returns
			s.Keys()
			s.User()
			s.Set(fmt.Sprint(i), i)
			s.Delete("start")
			if s.Pop("once") != nil {
				popped <- i
			}
			if err := s.Save(context.Background()); err != nil {
				t.Error(err)
			}
			_, _ = s.IsNew(), s.Err()
		})
	}
	wg.Wait()
	if len(popped) != 1 {
		t.Errorf("%d goroutines popped the same value, want 1", len(popped))
	}
	if n := len(s.Keys()); n != 22 {
		t.Errorf("%d keys, want 22", n)
	}
}

// Some frameworks hand out strings over buffers that they use again.
func TestASessionCopiesKeysAndUsers(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) {
		buffer := []byte("keyada")
		s.Set(unsafeString(buffer[:3]), unsafeString(buffer[3:]))
		s.Login(unsafeString(buffer[3:]))
		copy(buffer, "xxxxxx")
	})
	b.request(func(s *core.Session) {
		if s.User() != "ada" || s.Get("key") != "ada" {
			t.Errorf("user %q, keys %q, value %q", s.User(), s.Keys(), s.Get("key"))
		}
		buffer := []byte("key")
		s.Delete(unsafeString(buffer))
		copy(buffer, "xxx")
	})
	b.request(func(s *core.Session) {
		if len(s.Keys()) > 0 {
			t.Errorf("after Delete: keys %q", s.Keys())
		}
	})
}

func TestTheFirstMistakeIsTheOneTold(t *testing.T) {
	s := newBrowser(t, nil).start()
	s.Set("@first", 1)
	s.Delete("@second")
	if err := s.Save(t.Context()); err != s.Err() || !strings.Contains(err.Error(), "@first") {
		t.Errorf("Save: %v, Err: %v", err, s.Err())
	}
}
