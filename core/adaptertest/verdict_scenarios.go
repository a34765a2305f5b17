package adaptertest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/core"
)

var verdictScenarios = []scenario{
	{"flipped bits", "a token with any one bit changed is refused, without a call to the store", flippedBits},              // R2
	{"cut tokens", "a token that is cut or longer is refused, without a call to the store", cutTokens},                     // R2
	{"foreign tokens", "a token signed by another secret, or for another cookie, is refused", foreignTokens},               // R2
	{"halves of two cookies", "of the two-cookie form both halves are needed, and must fit", halves},                       // R2
	{"duplicate cookies", "of several cookies the one that verifies counts; two that differ make a stranger", duplicates},  // R14
	{"odd Cookie headers", "the session's cookie is found among any others, and nothing else is taken for it", oddHeaders}, // R14
	{"control bytes", "control bytes in the Cookie header make no session", controlBytes},                                  // R14
}

// tokenName is the name of the default cookie.
const tokenName = "__Host-session="

// loggedIn returns the Cookie header of a browser where ada is logged in.
func loggedIn(p *process) string {
	p.Helper()
	b := p.browser()
	b.get("/login?user=ada")
	p.store.take()
	line := b.line()
	if line == "" {
		p.Fatalf("a login gave no cookie")
	}
	return line
}

// sign returns the cookie of an id. The form must not change, or everybody is
// logged out.
func sign(id string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(tokenName + id))
	return tokenName + id + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func flippedBits(s *stage) {
	p := s.start(setup{})
	token := strings.TrimPrefix(loggedIn(p), tokenName)
	for i := range len(token) * 8 {
		flipped := []byte(token)
		flipped[i/8] ^= 1 << (i % 8)
		line := tokenName + string(flipped)
		if c := flipped[i/8]; c < ' ' || c == 0x7f {
			r := p.write("/user", line)
			want(s, fmt.Sprintf("bit %d: user", i), r.status >= http.StatusBadRequest || r.body == "", true)
			continue
		}
		r := p.bearing(line).get("/user")
		want(s, fmt.Sprintf("bit %d: user", i), r.body, "")
	}
	want(s, "calls", s.store.take(), "")
}

func cutTokens(s *stage) {
	p := s.start(setup{})
	line := loggedIn(p)
	token := strings.TrimPrefix(line, tokenName)
	for i := range len(token) {
		want(s, fmt.Sprintf("first %d characters: user", i), p.bearing(tokenName+token[:i]).get("/user").body, "")
	}
	for _, odd := range []string{
		line + "A", line + "=", line + "." + token, tokenName + "A" + token, tokenName + token + token,
		strings.Replace(line, ".", "", 1), strings.Replace(line, ".", "..", 1), strings.Replace(line, ".", "%2E", 1),
	} {
		want(s, "user", p.bearing(odd).get("/user").body, "")
	}
	want(s, "calls", s.store.take(), "")
}

func foreignTokens(s *stage) {
	p := s.start(setup{})
	otherSecret := s.start(setup{secret: []byte(strings.Repeat("o", 32))})
	otherName := s.start(setup{options: core.Options{Cookie: core.Cookie{Name: "session"}}})
	line := loggedIn(p)
	want(s, "at home: user", p.bearing(line).get("/user").body, "ada")
	s.store.take()
	want(s, "other secret: user", otherSecret.bearing(line).get("/user").body, "")
	renamed := strings.Replace(line, tokenName, "session=", 1)
	want(s, "other name: user", otherName.bearing(renamed).get("/user").body, "")
	want(s, "calls", s.store.take(), "")
}

func halves(s *stage) {
	p := s.start(setup{options: core.Options{Cookie: core.Cookie{Name: "session_id", MACName: "verification"}}})
	id, mac, _ := strings.Cut(loggedIn(p), "; ")
	otherID, otherMAC, _ := strings.Cut(loggedIn(p), "; ")
	for _, row := range []struct{ name, line, user string }{
		{"both", id + "; " + mac, "ada"},
		{"in the other order", mac + "; " + id, "ada"},
		{"with another mac beside", id + "; " + otherMAC + "; " + mac, "ada"},
		{"with another id beside", otherID + "; " + id + "; " + mac, "ada"},
		{"the id alone", id, ""},
		{"the mac alone", mac, ""},
		{"of different sessions", id + "; " + otherMAC, ""},
		{"two sessions", id + "; " + mac + "; " + otherID + "; " + otherMAC, ""},
		{"as one token", id + "." + strings.TrimPrefix(mac, "verification="), ""},
	} {
		want(s, row.name+": user", p.bearing(row.line).get("/user").body, row.user)
	}
}

func duplicates(s *stage) {
	p := s.start(setup{})
	good, other := loggedIn(p), loggedIn(p)
	const bad = tokenName + "tossed"
	for _, row := range []struct {
		name  string
		lines []string
		user  string
	}{
		{"tossed first", []string{bad + "; " + good}, "ada"},
		{"tossed last", []string{good + "; " + bad}, "ada"},
		{"in repeated headers", []string{bad, good}, "ada"},
		{"in repeated headers, reordered", []string{good, bad, "a=b"}, "ada"},
		{"the good one twice", []string{good + "; " + good}, "ada"},
		{"empty ones", []string{tokenName + "; " + good + "; " + tokenName}, "ada"},
		{"eight", []string{strings.Repeat(bad+"; ", 7) + good}, "ada"},
		{"nine", []string{strings.Repeat(bad+"; ", 8) + good}, ""},
		{"nine, the good one first", []string{good + strings.Repeat("; "+bad, 8)}, ""},
		{"two good ones that differ", []string{good + "; " + other}, ""},
		{"two that differ, in repeated headers", []string{other, good}, ""},
	} {
		want(s, row.name+": user", p.bearing(row.lines...).get("/user").body, row.user)
	}
}

func oddHeaders(s *stage) {
	p := s.start(setup{})
	good := loggedIn(p)
	token := strings.TrimPrefix(good, tokenName)
	var many strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&many, "c%d=v; ", i)
	}
	for _, row := range []struct{ name, line, user string }{
		{"quoted", tokenName + `"` + token + `"`, ""},
		{"quotes open elsewhere", `a="; ` + good, "ada"},
		{"among 5,000", many.String() + good, "ada"},
		{"before 5,000", good + "; " + many.String(), "ada"},
		{"without spaces", "a=b;" + good + ";c=d", "ada"},
		{"with more spaces", " \t a=b;  \t" + strings.Replace(good, "=", " = ", 1) + " \t;c", "ada"},
		{"empty pairs", ";; ;" + good + ";;", "ada"},
		{"a name without a value", "__Host-session; " + good, "ada"},
		{"the name in lower case", strings.ToLower(tokenName) + token, ""},
		{"a longer name", "x" + good, ""},
		{"a longer name behind", "__Host-session2=" + token, ""},
		{"as the value of another", "a=" + good, ""},
		{"with a comma", "a=b," + good, ""},
		{"$Version in front", `$Version=1; ` + good, "ada"},
		{"high bytes elsewhere", "a=\xff\xfe; " + good, "ada"},
	} {
		want(s, row.name+": user", p.bearing(row.line).get("/user").body, row.user)
	}
}

func controlBytes(s *stage) {
	p := s.start(setup{})
	good := loggedIn(p)
	for _, c := range []string{"\x00", "\x01", "\x0b", "\x1f", "\x7f"} {
		for _, row := range []struct{ name, line, user string }{
			{"in the token", good[:60] + c + good[60:], ""},
			{"behind it", good + c, ""},
			{"before the name", c + good, ""},
			{"in another cookie", "a=" + c + "; " + good, "ada"},
		} {
			// Servers may refuse such a header altogether.
			r := p.write("/user", row.line)
			refused := r.status >= http.StatusBadRequest
			want(s, fmt.Sprintf("%q %s: refused, or user %q", c, row.name, row.user), refused || r.body == row.user, true)
		}
	}
}
