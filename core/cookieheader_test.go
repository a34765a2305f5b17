package core_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
)

func TestWhichPairOfCookiesCounts(t *testing.T) {
	m := manager(t, secret, core.Options{Cookie: core.Cookie{Name: "session_id", MACName: "verification"}})
	idA, macA := newToken(t, m)
	idB, macB := newToken(t, m)
	for _, test := range []struct {
		name   string
		header string
		want   string
		reason string
	}{
		{"both", "session_id=" + idA + "; verification=" + macA, idA, ""},
		{"both, the other way round", "verification=" + macA + "; session_id=" + idA, idA, ""},
		{"the id alone", "session_id=" + idA, "", "one of the two cookies is missing"},
		{"the mac alone", "verification=" + macA, "", "one of the two cookies is missing"},
		{"a whole token in one", "session_id=" + idA + "." + macA + "; verification=x", "", "no cookie of the name verifies"},
		{"of two sessions", "session_id=" + idA + "; verification=" + macB, "", "no cookie of the name verifies"},
		{"tossed ones beside", "session_id=x; session_id=" + idA + "; verification=y; verification=" + macA, idA, ""},
		{"two pairs", "session_id=" + idA + "; session_id=" + idB + "; verification=" + macA + "; verification=" + macB, "", "two different cookies verify"},
		{"nine macs", "session_id=" + idA + strings.Repeat("; verification="+macA, 9), "", "more than eight cookies of the name"},
	} {
		id, _, reason := m.Credentials([]string{test.header})
		if id != test.want || reason != test.reason {
			t.Errorf("%s: id %q, reason %q; want %q, %q", test.name, id, reason, test.want, test.reason)
		}
	}
}

// R33: whatever the header, the verdict is that of the plainest parser there is, and nothing panics.
func FuzzCookieHeader(f *testing.F) {
	m := manager(f, secret, core.Options{})
	idA, macA := newToken(f, m)
	idB, macB := newToken(f, m)
	// "A" and "B" stand for tokens that verify, so that the fuzzer need not find a mac.
	tokens := strings.NewReplacer("A", idA+"."+macA, "B", idB+"."+macB, "N", "__Host-session")
	for _, seed := range []string{"", "N=A", "N=A; N=B", "N=B;N=A;N", "x; N = A ;", "N=\"A\"", "N=A\x00", "=N=A", "N=A=", "N==A", ";;;N=A\t;",
		strings.Repeat("N=x; ", 7) + "N=A", strings.Repeat("N=x; ", 8) + "N=A", strings.Repeat("N=A; ", 9),
		strings.Repeat("x=y; ", 5000) + "N=A", "N=AA", "N2=A; xN=A; n=A", "x=1, N=A"} {
		f.Add(seed, "x=1")
		f.Add(seed, "N=A")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		headers := []string{tokens.Replace(first), tokens.Replace(second)}
		found, count := map[string]bool{}, 0
		for _, h := range headers {
			for _, pair := range strings.Split(h, ";") {
				name, value, ok := strings.Cut(pair, "=")
				if !ok || strings.Trim(name, " \t") != "__Host-session" {
					continue
				}
				count++
				switch strings.Trim(value, " \t") {
				case idA + "." + macA:
					found[idA] = true
				case idB + "." + macB:
					found[idB] = true
				}
			}
		}
		want := ""
		if count <= 8 && len(found) == 1 {
			for id := range found {
				want = id
			}
		}
		if got, present, _ := m.Credentials(headers); got != want || present != (count > 0) {
			t.Errorf("headers %q give id %q (present %v), want %q", headers, got, present, want)
		}
	})
}

// Some frameworks hand out headers over buffers that they use again.
func TestAnIDDoesNotChangeWithTheHeaderItCameIn(t *testing.T) {
	m := manager(t, secret, core.Options{})
	id, mac := newToken(t, m)
	buffer := []byte("__Host-session=" + id + "." + mac)
	s := m.Start(t.Context(), unsafeString(buffer))
	copy(buffer, bytes.Repeat([]byte("x"), len(buffer)))
	if got := s.CookieID(); got != id {
		t.Errorf("the id is %q after the request's buffer was used again, want %q", got, id)
	}
}

// An attacker's header must not cost memory in proportion to its length.
func TestReadingCookiesAllocatesNothingButTheID(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop what it holds; plain go test counts the allocations")
	}
	m := manager(t, secret, core.Options{})
	id, mac := newToken(t, m)
	good := []string{strings.Repeat("x=y; ", 50) + "__Host-session=" + id + "." + mac}
	bad := []string{strings.Repeat("__Host-session="+id+"."+mac[:42]+"x; ", 8)}
	for _, test := range []struct {
		headers []string
		most    float64
	}{{good, 1}, {bad, 0}} {
		if n := testing.AllocsPerRun(200, func() { m.HasCookie(test.headers) }); n > test.most {
			t.Errorf("%.40q…: %v allocations, want at most %v", test.headers, n, test.most)
		}
	}
}
