package ringbench

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheSectionGoesBetweenItsMarks(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"replaced", "a\n" + beginMark + "\nold\n" + endMark + "\nb\n", "a\n" + beginMark + "\nnew\n" + endMark + "\nb\n"},
		{"appended", "a\n", "a\n\n" + beginMark + "\nnew\n" + endMark + "\n"},
		{"half marked", "a\n" + beginMark + "\nb\n", ""},
		{"marked the wrong way round", endMark + beginMark, ""},
	} {
		got, err := withSection(test.text, "new\n")
		if got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s: got %q, %v, want %q", test.name, got, err, test.want)
		}
	}
	file := filepath.Join(t.TempDir(), "page.md")
	for _, section := range []string{"first\n", "second\n"} {
		if err := writeSection(file, section); err != nil {
			t.Fatal(err)
		}
	}
	want := "# Performance\n\n" + beginMark + "\nsecond\n" + endMark + "\n"
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("a page that is missing is made: got %q, %v, want %q", got, err, want)
	}
}
