package adaptertest

import (
	"fmt"

	"github.com/ringsession/ringsession/core"
)

var dictionaryScenarios = []scenario{
	{"set and get", "what one request sets the next one reads", setAndGet},
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
