package ringbench

import (
	"fmt"
	"strings"
)

// none stands for what was not measured.
const none = "–"

// table is a table in Markdown with a row for each competitor and a column for each number of nodes. A bare hash is in it where
// it has figures.
func (p page) table(cell func(name string, nodes int) string) string {
	var b strings.Builder
	b.WriteString("| |")
	for _, n := range p.sizes {
		fmt.Fprintf(&b, " %s nodes |", thousands(n))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(p.sizes)) + "\n")
	for _, r := range rivals {
		p.row(&b, r.name, cell)
	}
	for _, base := range bases {
		if cell(base.name, p.sizes[0]) != none {
			p.row(&b, base.name, cell)
		}
	}
	return b.String()
}

func (p page) row(b *strings.Builder, name string, cell func(string, int) string) {
	fmt.Fprintf(b, "| %s |", p.title(name))
	for _, n := range p.sizes {
		fmt.Fprintf(b, " %s |", cell(name, n))
	}
	b.WriteString("\n")
}

func (page) title(name string) string {
	if name == oursName {
		return "**" + name + "**"
	}
	return name
}

// thousands groups digits, as in 1,000,000.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// percent tells nothing at all from a little.
func percent(s spread) string {
	switch {
	case s.n == 0:
		return none
	case s.most == 0:
		return "0"
	case s.median < 0.01:
		return "< 0.01"
	}
	return number(s.median)
}
