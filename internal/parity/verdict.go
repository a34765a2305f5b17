package parity

import (
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
)

// CookiesAlike sends the same Cookie headers, as bytes of a request, to core and to
// the parties, and all must judge alike. R14. The long form is PARITY_CASES=1000000.
// The servers' own parsers read the bytes. What net/http refuses (control bytes)
// reaches its adapters in a request made by hand; what fasthttp refuses cannot reach
// an adapter.
func CookiesAlike(t *testing.T, parties ...Party) {
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			c := newCourt(t, f, parties)
			cases := number(t, "PARITY_CASES", 6000) / len(forms)
			for i := range cases {
				lines := generate(f, uint64(i))
				if !c.agree(lines) {
					t.Fatalf("case %d: %q\n%s", i, lines, c)
				}
			}
			for _, class := range f.classes {
				if n := c.seen[class]; n < cases/200 {
					t.Errorf("only %d of %d cases are of the class %q: the generator has gone blind", n, cases, class)
				}
			}
			if c.refused > cases/10 { // fasthttp 1.74 refuses 7 of 100
				t.Errorf("fasthttp refused %d of %d cases", c.refused, cases)
			}
		})
	}
}

// FuzzCookies is CookiesAlike with the fuzzer's inputs.
//
// In them a line feed divides headers, N is the name of the cookie, A and B are tokens that verify; V, C and D are the
// name and the values of the second cookie where there are two. So the fuzzer need not find a mac.
func FuzzCookies(f *testing.F, parties ...Party) {
	var courts []*court
	for _, form := range forms {
		courts = append(courts, newCourt(f, form, parties))
	}
	for _, seed := range []string{
		"", "N=A", "N=A; N=B", "N=\"A\"", "N = A\t;x", "x=1; N=A\nN=x", "N=A; V=C", "V=C\nN=A", "N=A; V=D; V=C",
		"N=A\x00", "N", "=N=A", "N==A", "N=A,N=B", "N=A F; V=C", "x=\"; N=A; y=\"", "n=A; xN=A; N2=A",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		if strings.Contains(input, "F") && !takesFold(input) {
			t.Skip()
		}
		for _, c := range courts {
			if lines := c.form.spell(strings.Split(input, "\n")); !c.agree(lines) {
				t.Errorf("%q with %s\n%s", lines, c.form.name, c)
			}
		}
	})
}

// A verdict is what a request's cookies come to.
type verdict struct {
	id      string // of the session, or "" for a stranger
	reason  string // of the event that refuses the cookies
	deletes string // Set-Cookie of a logout, which is there if the request had a cookie of the name, good or bad
}

func (v verdict) class() string {
	switch {
	case v.id != "":
		return "session"
	case v.reason != "":
		return v.reason
	case v.deletes != "":
		return "cookie without a verdict"
	}
	return "no cookie"
}

// rules are what any verdict must keep, whoever gives it.
func (v verdict) rules() bool {
	return (v.id == "" || v.reason == "") && (v.deletes != "") == (v.id != "" || v.reason != "")
}

func (v verdict) String() string {
	return strings.Join([]string{"id " + v.id, "reason " + v.reason, "deletes " + v.deletes}, ", ")
}

// use is what the handlers of all parties do.
func (c *court) use(s *core.Session) {
	c.id = s.User()
	s.Destroy()
}
