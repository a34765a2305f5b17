package faults

import (
	"fmt"
	"os"
	"strings"
)

const (
	tableBegin = "<!-- table of make faults -->\n"
	tableEnd   = "<!-- end of the table -->"
)

// report puts the row into the table of the page, in the place of the set's former row.
func report(page string, r row) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	changed, err := withRow(string(text), r)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(changed), 0o644)
}

func withRow(text string, r row) (string, error) {
	before, rest, ok1 := strings.Cut(text, tableBegin)
	table, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		return "", fmt.Errorf("the marks %q and %q of the table are missing", tableBegin, tableEnd)
	}
	rows := make(map[string]string)
	for line := range strings.Lines(table) {
		for _, s := range sets {
			if strings.Contains(line, "FAULTS="+s.name+"`") {
				rows[s.name] = strings.TrimSpace(line)
			}
		}
	}
	rows[r.name] = r.String()
	var b strings.Builder
	b.WriteString(before + tableBegin + head)
	for _, s := range sets {
		if rows[s.name] != "" {
			b.WriteString(rows[s.name] + "\n")
		}
	}
	return b.String() + tableEnd + after, nil
}
