package faults

import (
	"strings"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// writeRow puts the row into the table of the page, in the place of the set's former row.
func writeRow(page string, r row) error {
	return report.Write(page, "faults", func(former string) string {
		var rows [][]string
		for _, s := range sets {
			if s.name == r.name {
				rows = append(rows, r.cells())
			} else if cells := formerCells(former, s.again()); cells != nil {
				rows = append(rows, cells)
			}
		}
		return report.Table(head, rows)
	})
}

// formerCells returns the cells of the row that ends with the cell, or nil.
func formerCells(table, last string) []string {
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | ")
		if cells[len(cells)-1] == last {
			return cells
		}
	}
	return nil
}
