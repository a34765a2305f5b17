package report_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ringsession/ringsession/internal/lab/report"
)

func TestOnlyTheSectionBetweenTheMarksIsReplaced(t *testing.T) {
	const other = "<!-- other:begin -->\nother\n<!-- other:end -->\n"
	begin, end := report.Begin("ours")+"\n", report.End("ours")+"\n"
	for _, row := range []struct{ name, text, want string }{
		{"nothing between them", "a\n" + begin + end + "b\n", "a\n" + begin + "new\n" + end + "b\n"},
		{"before another section", "a\n" + begin + "old\n" + end + other, "a\n" + begin + "old\nnew\n" + end + other},
		{"behind another section", other + begin + "old\n" + end, other + begin + "old\nnew\n" + end},
		{"no marks", "by hand\n" + other, "by hand\n" + other + "\n" + begin + "new\n" + end},
		{"an empty page", "", begin + "new\n" + end},
		{"no end", begin + "b", ""},
		{"no begin", "b" + end, ""},
		{"the wrong way round", end + begin, ""},
	} {
		page := filepath.Join(t.TempDir(), "page.md")
		if err := os.WriteFile(page, []byte(row.text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := report.Write(page, "ours", func(former string) string { return former + "new\n" })
		if row.want == "" {
			row.want = row.text
			if err == nil {
				t.Errorf("%s: no error", row.name)
			}
		} else if err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if got, err := os.ReadFile(page); err != nil || string(got) != row.want {
			t.Errorf("%s: %q, %v; want %q", row.name, got, err, row.want)
		}
	}
}

func TestAPageThatIsMissingIsMade(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	if err := report.Write(page, "ours", func(string) string { return "new\n" }); err != nil {
		t.Fatal(err)
	}
	want := report.Begin("ours") + "\nnew\n" + report.End("ours") + "\n"
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
