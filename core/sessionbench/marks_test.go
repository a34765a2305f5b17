package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOnlyThePartBetweenTheMarksIsReplaced(t *testing.T) {
	const ring = "<!-- ring:begin -->\nring\n<!-- ring:end -->\n"
	for _, row := range []struct{ text, want string }{
		{"a\n" + beginMark + endMark + "b\n", "a\n" + beginMark + "new\n" + endMark + "b\n"},
		{"a\n" + beginMark + "old\n" + endMark + ring, "a\n" + beginMark + "new\n" + endMark + ring},
		{ring + beginMark + "old\n" + endMark, ring + beginMark + "new\n" + endMark},
		{"nothing", ""},
		{beginMark + "no end", ""},
		{endMark + "the wrong order\n" + beginMark, ""},
	} {
		got, err := withPart(row.text, "new\n")
		if got != row.want || (err != nil) != (row.want == "") {
			t.Errorf("%q: %q, %v; want %q", row.text, got, err, row.want)
		}
	}
}

func TestAPageIsMadeOnceAndKeptAfterwards(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	for _, part := range []string{"one\n", "two\n"} {
		if err := replacePart(file, part); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if want := "# Performance\n\n" + beginMark + "two\n" + endMark; err != nil || string(text) != want {
		t.Errorf("%q, %v; want %q", text, err, want)
	}
	if err := os.WriteFile(file, []byte("by hand"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replacePart(file, "three\n"); err == nil {
		t.Error("a page without marks was overwritten")
	}
}
