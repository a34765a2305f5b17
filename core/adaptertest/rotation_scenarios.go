package adaptertest

import (
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/core"
)

// R32
var rotationScenarios = []scenario{
	{"rotated secret", "a secret rotates through several processes (verify, sign, retire) without refusing a cookie", rotation},
	{"retired secret", "what a retired secret signed is refused, without a call to the store", retired},
}

func rotation(s *stage) {
	former, coming := secret, []byte(strings.Repeat("n", 32))
	phase := func(sign, verify []byte) *process {
		return s.start(setup{secret: sign, options: core.Options{VerifySecrets: core.NewSecrets(verify)}})
	}
	before := s.start(setup{secret: former})
	verifying, signing := phase(former, coming), phase(coming, former)
	after := s.start(setup{secret: coming})

	// Two processes run at any time, and browsers meet both.
	early, late := before.browser(), verifying.browser()
	early.get("/login?user=early")
	late.get("/login?user=late")
	for _, pair := range [][2]*process{{before, verifying}, {verifying, signing}, {signing, signing}} {
		for _, p := range pair {
			want(s, "early", early.at(p).get("/user").body, "early")
			want(s, "late", late.at(p).get("/user").body, "late")
		}
		late.at(pair[1]).get("/renew")
	}
	early.at(signing).get("/login?user=early")
	for _, p := range []*process{signing, after} {
		want(s, "early at the end", early.at(p).get("/user").body, "early")
		want(s, "late at the end", late.at(p).get("/user").body, "late")
	}
	want(s, "refused cookies", s.record.count(core.EventRejected), 0)
}

func retired(s *stage) {
	old := s.start(setup{}).browser()
	old.get("/login?user=ada")
	s.store.take()
	r := old.at(s.start(setup{secret: []byte(strings.Repeat("n", 32))})).get(guardedPath)
	want(s, "guard", r.status, http.StatusSeeOther)
	want(s, "calls", s.store.take(), "")
}
