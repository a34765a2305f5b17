package adaptertest

import (
	"net/http"

	"github.com/ringsession/ringsession/core"
)

var costScenarios = []scenario{
	{"anonymous", "a request without a cookie costs no call to the store and gets no cookie", anonymous}, // H23
	{"left alone", "a handler that leaves the session alone costs no call, even with a good cookie", leftAlone},
	{"one call to read", "reading the session, however often, is one call to the store", oneRead},
	{"one call to write", "writing without reading is one call to the store", oneWrite},
	{"read and write", "reading and writing are two calls to the store", readAndWrite},
	{"nothing to write", "taking out what is not there stores nothing and creates no session", nothingToWrite},
	{"load now", "Load reads at once, and what it read is not read again", loadNow},
	{"save now", "Save stores at once, and what it stored is not stored again with the response", saveNow},
}

func anonymous(s *stage) {
	b := s.start(setup{}).browser()
	for _, path := range []string{"/alone", "/empty", "/user", "/get?key=a", "/keys", "/logout", "/clear", "/delete?key=a", "/pop?key=a", "/renew", guardedPath} {
		want(s, path+": cookie", b.get(path).cookies(), "")
	}
	want(s, "calls", s.store.take(), "")
	want(s, "stored sessions", s.store.Len(), 0)
}

func leftAlone(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/visit")
	s.store.take()
	r := b.get("/alone")
	want(s, "calls", s.store.take(), "")
	want(s, "cookie", r.cookies(), "")
	want(s, "body", r.body, "alone")
}

func oneRead(s *stage) {
	b := s.start(setup{routes: []Route{get("/often", use(func(s *core.Session, x Exchange) string {
		for range 3 {
			_, _, _, _ = s.Get("visits"), s.Keys(), s.User(), s.IsNew()
		}
		return spell(s.Get("visits"))
	}))}}).browser()
	b.get("/visit")
	s.store.take()
	want(s, "value", b.get("/often").body, "1")
	want(s, "calls", s.store.take(), "load")
}

func oneWrite(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/visit")
	s.store.take()
	b.get("/set?key=a&value=1")
	want(s, "calls", s.store.take(), "save")
	want(s, "value", b.get("/get?key=a").body, "1")
}

func readAndWrite(s *stage) {
	b := s.start(setup{}).browser()
	want(s, "first visit", b.get("/visit").body, "1")
	want(s, "calls of the first visit", s.store.take(), "new place, create")
	want(s, "second visit", b.get("/visit").body, "2")
	want(s, "calls of the second visit", s.store.take(), "load, save")
}

func nothingToWrite(s *stage) {
	b := s.start(setup{routes: []Route{
		get("/undo", change(func(s *core.Session, _ Exchange) { s.Set("a", 1); s.Delete("a") })),
		get("/idle", change(func(s *core.Session, _ Exchange) { _ = s.Get("visits"); _ = s.Pop("b") })),
		get("/remove", change(func(s *core.Session, _ Exchange) { s.Delete("a"); s.Clear() })),
	}}).browser()
	want(s, "cookie", b.get("/undo").cookies(), "")
	want(s, "cookie after a deletion", b.get("/remove").cookies(), "")
	want(s, "calls", s.store.take(), "")
	b.get("/visit")
	s.store.take()
	b.get("/idle")
	want(s, "calls with a session", s.store.take(), "load")
}

func saveNow(s *stage) {
	b := s.start(setup{routes: []Route{get("/save", func(x Exchange) error {
		visits.Set(x.Session(), 1)
		if err := x.Session().Save(x.Context()); err != nil {
			return err
		}
		return x.Text(http.StatusOK, s.store.take())
	})}}).browser()
	want(s, "calls before the response", b.get("/save").body, "new place, create")
	want(s, "calls after it", s.store.take(), "")
	want(s, "the next visit", b.get("/visit").body, "2")
}

func loadNow(s *stage) {
	b := s.start(setup{routes: []Route{get("/load", func(x Exchange) error {
		if err := x.Session().Load(x.Context()); err != nil {
			return x.Text(core.HTTPStatus(err), "")
		}
		calls := s.store.take()
		return x.Text(http.StatusOK, calls+", then visits is "+spell(x.Session().Get("visits")))
	})}}).browser()
	b.get("/visit")
	s.store.take()
	want(s, "body", b.get("/load").body, "load, then visits is 1")
	want(s, "calls after it", s.store.take(), "")
	s.store.fail(errOutage, "load")
	want(s, "status without a store", b.get("/load").status, http.StatusServiceUnavailable)
}
