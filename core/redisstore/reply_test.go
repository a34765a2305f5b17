package redisstore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// resp writes a reply to HGETALL as servers do.
func resp(kind string, count int, items ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%d\r\n", kind, count)
	for _, s := range items {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(s), s)
	}
	return b.String()
}

func TestRepliesToHGETALL(t *testing.T) {
	for _, test := range []struct {
		raw  string
		want []string
		ok   bool
	}{
		{resp("*", 0), nil, true},
		{resp("%", 0), nil, true},
		{resp("*", 2, "a", "1"), []string{"a", "1"}, true},
		{resp("%", 1, "a", "1"), []string{"a", "1"}, true},
		{resp("%", 2, "", "", "\r\n$3\r\n", "é\x00"), []string{"", "", "\r\n$3\r\n", "é\x00"}, true},
		{"-WRONGTYPE Operation against a key\r\n", nil, false},
		{"*-1\r\n", nil, false},
		{"_\r\n", nil, false},
		{"", nil, false},
		{"*", nil, false},
		{"*x\r\n", nil, false},
		{resp("*", 1, "a"), nil, false},
		{resp("*", 2, "a"), nil, false},
		{resp("*", 2, "a", "1") + "\r\n", nil, false},
		{"*2\r\n$1\r\na\r\n:1\r\n", nil, false},
		{"*2\r\n$1\r\na\r\n$-1\r\n", nil, false},
		{"*2\r\n$1\r\na\r\n$9\r\n1\r\n", nil, false},
		{"*2\r\n$1\r\na\r\n$1\r\n12\r\n", nil, false},
		{"*2\r\n$1\r\na\r\n$1\r\n1", nil, false},
		{"|1\r\n$1\r\na\r\n$1\r\nb\r\n" + resp("%", 1, "a", "1"), nil, false},
		{fmt.Sprintf("%%%d\r\n", 1<<62), nil, false},
	} {
		got, ok := bulkStrings(nil, test.raw)
		if ok != test.ok || ok && !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, %v; want %q, %v", test.raw, got, ok, test.want, test.ok)
		}
	}
}

func FuzzBulkStrings(f *testing.F) {
	f.Add(resp("%", 1, "a", "1"))
	f.Add(resp("*", 4, "a", "1", "", "\r\n"))
	f.Fuzz(func(t *testing.T, raw string) {
		if items, ok := bulkStrings(nil, raw); ok {
			if again, ok := bulkStrings(nil, resp("*", len(items), items...)); !ok || !slices.Equal(again, items) {
				t.Errorf("%q is %q, which comes back as %q", raw, items, again)
			}
		}
		pair := []string{raw, "x" + raw}
		if got, ok := bulkStrings(nil, resp("%", 1, pair...)); !ok || !slices.Equal(got, pair) {
			t.Errorf("%q comes back as %q", pair, got)
		}
	})
}
