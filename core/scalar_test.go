package core

import (
	"encoding/json"
	"testing"
)

// sameAsJSON fails the test if quickDecode takes what encoding/json does not take, or takes it as something else.
func sameAsJSON[T comparable](t *testing.T, text string) {
	t.Helper()
	got, ok := quickDecode[T](text)
	if !ok {
		return
	}
	var want T
	if err := json.Unmarshal([]byte(text), &want); err != nil || got != want {
		t.Errorf("%q as %T: %v, but encoding/json says %v, %v", text, got, got, want, err)
	}
}

func FuzzScalars(f *testing.F) {
	for _, text := range []string{
		`"ada"`, `""`, `"`, `"é"`, "\"\xff\"", `"a\"b"`, `"\u0041"`, "\"\x00\"", `"a"b"`, " \"a\"", "1", "-1", "-", "01", "-0", "1e3", "1.0", "+1", "1_0",
		"9223372036854775807", "9223372036854775808", "true", "false", "True", "null", "", "[1]", "\u2028", "<&>",
	} {
		f.Add(text, int64(len(text)))
	}
	f.Fuzz(func(t *testing.T, text string, n int64) {
		sameAsJSON[string](t, text)
		sameAsJSON[int](t, text)
		sameAsJSON[int64](t, text)
		sameAsJSON[bool](t, text)
		for _, value := range []any{text, int(n), n, n > 0} {
			got, ok := quickEncode(value)
			if want, err := json.Marshal(value); ok && (err != nil || got != string(want)) {
				t.Errorf("%#v: %s, but encoding/json says %s, %v", value, got, want, err)
			}
		}
	})
}

// What is common is quick, or the fuzz test above shows nothing.
func TestPlainScalarsAreQuick(t *testing.T) {
	for _, test := range []struct {
		name string
		ok   bool
	}{
		{"string", is(quickDecode[string](`"blue, 50 %"`))("blue, 50 %")},
		{"string that is not ASCII", is(quickDecode[string](`"Łódź"`))("Łódź")},
		{"int", is(quickDecode[int]("-17"))(-17)},
		{"zero", is(quickDecode[int]("0"))(0)},
		{"int64", is(quickDecode[int64]("9223372036854775807"))(1<<63 - 1)},
		{"true", is(quickDecode[bool]("true"))(true)},
		{"false", is(quickDecode[bool]("false"))(false)},
		{"encoded string", is(quickEncode("blue, 50 %"))(`"blue, 50 %"`)},
		{"encoded int", is(quickEncode(-17))("-17")},
		{"encoded int64", is(quickEncode(int64(17)))("17")},
		{"encoded bool", is(quickEncode(true))("true")},
	} {
		if !test.ok {
			t.Errorf("%s: not quick, or wrong", test.name)
		}
	}
	if n := testing.AllocsPerRun(100, func() { quickDecode[string](`"blue"`); quickDecode[int]("17") }); n > 1 {
		t.Errorf("decoding takes %v allocations, want 1: the copy of the string", n)
	}
}

func is[T comparable](got T, ok bool) func(want T) bool {
	return func(want T) bool { return ok && got == want }
}
