package ringbench

import "github.com/ringsession/ringsession/internal/lab/report"

// table is a table in Markdown with a row for each competitor and a column for each number of nodes. A bare hash is in it where
// it has figures.
func (p page) table(cell func(name string, nodes int) string) string {
	head := []string{""}
	for _, n := range p.sizes {
		head = append(head, report.Thousands(n)+" nodes")
	}
	var rows [][]string
	for _, r := range rivals {
		rows = append(rows, p.row(r.name, cell))
	}
	for _, base := range bases {
		if cell(base.name, p.sizes[0]) != report.None {
			rows = append(rows, p.row(base.name, cell))
		}
	}
	return report.Table(head, rows)
}

func (p page) row(name string, cell func(string, int) string) []string {
	row := []string{p.title(name)}
	for _, n := range p.sizes {
		row = append(row, cell(name, n))
	}
	return row
}

func (page) title(name string) string {
	if name == oursName {
		return "**" + name + "**"
	}
	return name
}

// percent tells nothing at all from a little.
func percent(s report.Spread) string {
	switch {
	case s.N == 0:
		return report.None
	case s.Most == 0:
		return "0"
	case s.Median < 0.01:
		return "< 0.01"
	}
	return report.Number(s.Median)
}
