package adaptertest

import (
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/core"
)

// mistakeScenarios are about programs that ask for what cannot be.
var mistakeScenarios = []scenario{
	{"unencodable value", "a value that JSON cannot express is a 500, and nothing is stored", unencodable},
	{"reserved key", "a key that stores keep for themselves is a 500, and nothing is stored", reservedKey},
	{"too large", "a session that grows too large is a 500, and what was stored before stays", tooLarge},
}

func unencodable(s *stage) {
	b := s.start(setup{routes: []Route{get("/bad", change(func(s *core.Session, _ Exchange) {
		s.Set("good", 1)
		s.Set("bad", func() {})
	}))}}).browser()
	fails(s, b, "/bad")
}

func reservedKey(s *stage) {
	b := s.start(setup{}).browser()
	fails(s, b, "/set?key=@user&value=ada")
	fails(s, b, "/set?key=&value=1")
}

func tooLarge(s *stage) {
	b := s.start(setup{options: core.Options{MaxBytes: 40}}).browser()
	fails(s, b, "/set?key=a&value="+strings.Repeat("x", 40))
	b.get("/visit")
	fails(s, b, "/set?key=a&value="+strings.Repeat("x", 40))
	want(s, "what was there before", b.get("/visit").body, "2")
}

// fails asks for a path that must answer 500 and store nothing.
func fails(s *stage, b *browser, path string) {
	s.store.take()
	r := b.get(path)
	want(s, path+": status", r.status, http.StatusInternalServerError)
	want(s, path+": cookie", r.cookies(), "")
	want(s, path+": calls", s.store.take(), "")
}
