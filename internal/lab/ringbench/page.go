package ringbench

import (
	_ "embed"
	"fmt"
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
