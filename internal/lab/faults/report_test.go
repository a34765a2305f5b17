package faults

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ringsession/ringsession/internal/lab/report"
)

func TestARowTakesThePlaceOfItsFormerSelf(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	for _, r := range []row{{set: sets[1], calls: 1}, {set: sets[0], calls: 2}, {set: sets[1], calls: 3}} {
		if err := writeRow(page, r); err != nil {
			t.Fatal(err)
		}
	}
	want := report.Begin("faults") + "\n" +
		report.Table(head, [][]string{row{set: sets[0], calls: 2}.cells(), row{set: sets[1], calls: 3}.cells()}) +
		report.End("faults") + "\n"
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("got %v:\n%s\nwant:\n%s", err, got, want)
	}
}
