package faults

import (
	"strings"
	"testing"
)

func TestARowTakesThePlaceOfItsFormerSelf(t *testing.T) {
	text := "before\n" + tableBegin + tableEnd + "\nafter\n"
	var err error
	for _, r := range []row{{set: sets[1], calls: 1}, {set: sets[0], calls: 2}, {set: sets[1], calls: 3}} {
		if text, err = withRow(text, r); err != nil {
			t.Fatal(err)
		}
	}
	want := "before\n" + tableBegin + head + row{set: sets[0], calls: 2}.String() + "\n" + row{set: sets[1], calls: 3}.String() + "\n" +
		tableEnd + "\nafter\n"
	if text != want {
		t.Errorf("got:\n%s\nwant:\n%s", text, want)
	}
	if _, err := withRow("a page without a table", row{}); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a page without a table: %v", err)
	}
}
