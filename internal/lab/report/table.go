package report

import "strings"

// Table returns a table in Markdown.
func Table(head []string, rows [][]string) string {
	var b strings.Builder
	for i, cells := range append([][]string{head}, rows...) {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(head)) + "|\n")
		}
	}
	return b.String()
}
