package ringbench

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/template"

	"github.com/ringsession/ringsession/internal/lab/report"
)

//go:embed section.md.tmpl
var sectionText string

var sectionTemplate = template.Must(template.New("section").Parse(sectionText))

// section returns the results as Markdown.
func (r *results) section() (string, error) {
	var b strings.Builder
	err := sectionTemplate.Execute(&b, page{r})
	return b.String(), err
}

// A page is what the template asks for.
type page struct{ *results }

func (p page) Machine() string {
	return fmt.Sprintf("%s, %d processors, %s/%s, %s", processor(), runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func (p page) Rounds() int { return p.rounds }

// Middle is the number of nodes that single figures are about: 64, if it was measured.
func (p page) Middle() int {
	if slices.Contains(p.sizes, 64) {
		return 64
	}
	return p.sizes[len(p.sizes)-1]
}

func (p page) middle() setting { return setting{p.Middle(), equalName} }

func (p page) BaseTime() string {
	return report.Number(p.long[p.middle()].nanoseconds(baseName).Median)
}
func (p page) OurTime() string { return report.Number(p.long[p.middle()].nanoseconds(oursName).Median) }
func (p page) ShortBaseTime() string {
	return report.Number(p.short[p.middle()].nanoseconds(baseName).Median)
}
func (p page) MaglevTime() string {
	return report.Number(p.build[p.middle()].nanoseconds(maglevSmall.name).Median / 1e6)
}
func (p page) OurBuildTime() string {
	return report.Number(p.build[p.middle()].nanoseconds(oursName).Median / 1e6)
}
func (p page) BalanceKeysText() string { return report.Thousands(p.balanceKeys) }

func (p page) StrayKeysText() string { return report.Thousands(p.strayKeys) }

func (p page) SetsText() string {
	var parts []string
	for _, n := range p.sizes {
		parts = append(parts, fmt.Sprintf("%d sets of %s nodes", p.sets(n), report.Thousands(n)))
	}
	return strings.Join(parts, ", ")
}

func (p page) Long(weights string) string     { return p.ratios(p.long, weights, baseName) }
func (p page) Short(weights string) string    { return p.ratios(p.short, weights, baseName) }
func (p page) Parallel(weights string) string { return p.ratios(p.parallel, weights, baseName) }
func (p page) Build(weights string) string    { return p.ratios(p.build, weights, maglevSmall.name) }

func (p page) ratios(of map[setting]samples, weights, base string) string {
	return p.table(func(name string, n int) string { return of[setting{n, weights}].ratio(name, base).String() })
}

func (p page) Balance(weights string) string {
	return p.table(func(name string, n int) string {
		s, ok := p.balance[setting{n, weights}][name]
		if !ok {
			return report.None
		}
		return fmt.Sprintf("%.3f, %.3f", s.Median, s.Most)
	})
}

func (p page) Strays(weights string) string {
	return p.table(func(name string, n int) string {
		found, ok := p.strays[setting{n, weights}][name]
		if !ok {
			return report.None
		}
		var parts []string
		for _, s := range found {
			parts = append(parts, percent(s))
		}
		return strings.Join(parts, " / ")
	})
}

func (p page) Memory(weights string) string {
	return p.table(func(name string, n int) string {
		bytes, ok := p.memory[setting{n, weights}][name]
		if !ok {
			return report.None
		}
		return report.Thousands((bytes + 1023) / 1024)
	})
}

// A bar is a bound that the ring must keep.
type bar struct {
	What     string
	most     float64
	aim      float64 // 0 if there is none
	measured report.Spread
}

// Bars are the bounds at 64 nodes of equal weight.
func (p page) Bars() []bar {
	at := p.middle()
	return []bar{
		{"a lookup of 43 bytes at 64 nodes, as a multiple of a bare XXH64 sum", 1.25, 0.7, p.long[at].ratio(oursName, baseName)},
		{"the build at 64 nodes, as a multiple of that of Maglev's table of 65,537 slots", 3.5, 0, p.build[at].ratio(oursName, maglevSmall.name)},
		{"the same, of Maglev's table of 131,071 slots", 3.5, 0, p.build[at].ratio(oursName, maglevLarge.name)},
	}
}

func (b bar) Most() string { return report.Number(b.most) }

func (b bar) Aim() string {
	if b.aim == 0 {
		return ""
	}
	return report.Number(b.aim)
}

func (b bar) Measured() string { return b.measured.String() }

// Verdict goes by the median, and says so if not all rounds agree.
func (b bar) Verdict() string {
	verdict := b.bound(b.most, "met", "**not met**")
	if b.aim != 0 {
		verdict += b.bound(b.aim, ", and the aim reached", ", the aim not reached")
	}
	return verdict
}

func (b bar) bound(bound float64, yes, no string) string {
	verdict := yes
	if b.measured.Median > bound {
		verdict = no
	}
	if b.measured.Least <= bound && b.measured.Most > bound {
		verdict += fmt.Sprintf(" (not in all %d rounds alike)", b.measured.N)
	}
	return verdict
}

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

// processor returns the model of the processor where the system tells it.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown processor"
}

// write puts the results into the page and draws the plot beside it.
func (r *results) write(pageFile string) error {
	section, err := r.section()
	if err != nil {
		return err
	}
	folder := filepath.Join(filepath.Dir(pageFile), "performance")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "ring-lookup.svg"), []byte(page{r}.lookupPlot()), 0o644); err != nil {
		return err
	}
	return report.Write(pageFile, "ring", func(string) string { return section })
}
