package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOnlyTheSectionBetweenTheMarksIsReplaced(t *testing.T) {
	const (
		ring  = "<!-- ring:begin -->\nring\n<!-- ring:end -->\n"
		begin = beginMark + "\n"
		end   = endMark + "\n"
	)
	for _, row := range []struct{ name, text, want string }{
		{"nothing between them", "a\n" + begin + end + "b\n", "a\n" + begin + "new\n" + end + "b\n"},
		{"before another section", "a\n" + begin + "old\n" + end + ring, "a\n" + begin + "new\n" + end + ring},
		{"behind another section", ring + begin + "old\n" + end, ring + begin + "new\n" + end},
		{"no marks", "by hand\n" + ring, "by hand\n" + ring + "\n" + begin + "new\n" + end},
		{"no end", begin + "b", ""},
		{"no begin", "b" + end, ""},
		{"the wrong way round", end + begin, ""},
	} {
		got, err := withSection(row.text, "new\n")
		if got != row.want || (err != nil) != (row.want == "") {
			t.Errorf("%s: %q, %v; want %q", row.name, got, err, row.want)
		}
	}
}

func TestAPageIsMadeOnceAndKeptAfterwards(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	for _, section := range []string{"one\n", "two\n"} {
		if err := writeSection(page, section); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(page)
	if want := "# Performance\n\n" + beginMark + "\ntwo\n" + endMark + "\n"; err != nil || string(text) != want {
		t.Errorf("%q, %v; want %q", text, err, want)
	}
}
