package adaptertest

import (
	"fmt"
	"strconv"

	"github.com/ringsession/ringsession/core"
)

var dictionaryScenarios = []scenario{
	{"set and get", "what one request sets the next one reads", setAndGet},
	{"delete", "a deleted key is gone, and the others stay", deleteKey},
	{"clear", "Clear removes every key and leaves the login", clearKeys},
	{"pop", "Pop gives a value once", popKey},
	{"keys", "Keys lists the keys in order", listKeys},
	{"own changes", "a request reads its own changes before they are stored", ownChanges},
	{"typed keys", "a typed key gives back what it was given", typedKeys},
	{"wrong type", "a value of another type is not there for a typed key, and Err names the key", wrongType},
	{"new or not", "a session is new until it is stored", newOrNot},
	{"in the context", "the request's context carries the session", inTheContext},
	{"borrowed strings", "what a session keeps does not change when the framework reuses its strings", borrowedStrings},
}

func setAndGet(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/set?key=color&value=dark%20%22blue%22%20%E2%98%BE")
	want(s, "value", b.get("/get?key=color").body, `dark "blue" ☾`)
	want(s, "a key that was never set", b.get("/get?key=size").body, "")
	b.get("/set?key=color&value=red")
	want(s, "value after a change", b.get("/get?key=color").body, "red")
}

func deleteKey(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/set?key=a&value=1")
	b.get("/set?key=b&value=2")
	b.get("/delete?key=a")
	want(s, "keys", b.get("/keys").body, "b")
}

func clearKeys(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	b.get("/set?key=a&value=1")
	b.get("/set?key=b&value=2")
	want(s, "cookie", b.get("/clear").cookies(), "")
	want(s, "keys", b.get("/keys").body, "")
	want(s, "user", b.get("/user").body, "ada")
}

func popKey(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/set?key=flash&value=saved")
	want(s, "the first pop", b.get("/pop?key=flash").body, "saved")
	want(s, "the second pop", b.get("/pop?key=flash").body, "")
}

func listKeys(s *stage) {
	b := s.start(setup{}).browser()
	for _, key := range []string{"b", "c", "a"} {
		b.get("/set?value=1&key=" + key)
	}
	want(s, "keys", b.get("/keys").body, "a,b,c")
}

func ownChanges(s *stage) {
	b := s.start(setup{routes: []Route{get("/own", use(func(s *core.Session, _ Exchange) string {
		s.Delete("a")
		s.Set("b", "new")
		before := fmt.Sprintf("%v %v %v", s.Keys(), s.Get("a"), s.Get("b"))
		s.Clear()
		s.Set("c", 1)
		s.Login("ada")
		return fmt.Sprintf("%s, then %v %v %s", before, s.Keys(), s.Get("b"), s.User())
	}))}}).browser()
	b.get("/set?key=a&value=old")
	want(s, "within the request", b.get("/own").body, "[b] <nil> new, then [c] <nil> ada")
	want(s, "after it", b.get("/keys").body, "c")
}

func typedKeys(s *stage) {
	type cart struct {
		Items []string
		Total int64
	}
	const key core.Key[cart] = "cart"
	b := s.start(setup{routes: []Route{
		get("/fill", change(func(s *core.Session, _ Exchange) { key.Set(s, cart{[]string{"pen"}, 1<<62 + 1}) })),
		get("/look", use(func(s *core.Session, _ Exchange) string { return fmt.Sprint(key.Get(s)) })),
		get("/take", use(func(s *core.Session, _ Exchange) string { return fmt.Sprint(key.Pop(s)) })),
		get("/drop", change(func(s *core.Session, _ Exchange) { key.Delete(s) })),
	}}).browser()
	const full, empty = "{[pen] 4611686018427387905} true", "{[] 0} false"
	want(s, "before", b.get("/look").body, empty)
	b.get("/fill")
	want(s, "Get", b.get("/look").body, full)
	want(s, "Pop", b.get("/take").body, full)
	want(s, "Get after Pop", b.get("/look").body, empty)
	b.get("/fill")
	b.get("/drop")
	want(s, "Get after Delete", b.get("/look").body, empty)
}

func wrongType(s *stage) {
	b := s.start(setup{routes: []Route{get("/typed", use(func(s *core.Session, _ Exchange) string {
		_, ok := visits.Get(s)
		return strconv.FormatBool(ok) + " " + fmt.Sprint(s.Err())
	}))}}).browser()
	b.get("/set?key=visits&value=many")
	r := b.get("/typed")
	want(s, "status", r.status, 200)
	want(s, "ok and Err", r.body,
		`false session: get "visits": json: cannot unmarshal string into Go value of type int`)
}

func newOrNot(s *stage) {
	b := s.start(setup{}).browser()
	want(s, "before the first change", b.get("/new").body, "true")
	b.get("/visit")
	want(s, "after it", b.get("/new").body, "false")
	b.get("/logout")
	want(s, "after the logout", b.get("/new").body, "true")
}

func inTheContext(s *stage) {
	b := s.start(setup{routes: []Route{get("/context", answer(func(x Exchange) string {
		found, ok := core.FromContext(x.Context())
		return fmt.Sprint(ok, found == x.Session())
	}))}}).browser()
	want(s, "found, and the same", b.get("/context").body, "true true")
}

func borrowedStrings(s *stage) {
	const users, rounds = 8, 25
	p := s.start(setup{})
	together(users, func(i int) {
		b, name := p.browser(), fmt.Sprintf("user-%d", i)
		b.get("/login?user=" + name)
		for n := range rounds {
			b.get(fmt.Sprintf("/set?key=%s-%d&value=%s", name, n%3, name))
			want(s, "user", b.get("/user").body, name)
			want(s, "value", b.get(fmt.Sprintf("/get?key=%s-%d", name, n%3)).body, name)
		}
		want(s, "keys", b.get("/keys").body, fmt.Sprintf("%[1]s-0,%[1]s-1,%[1]s-2", name))
	})
}
