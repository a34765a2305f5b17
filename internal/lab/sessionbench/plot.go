package main

import (
	"fmt"
	"strings"
	"text/template"
)

// A row of a plot, in pixels from the left.
type row struct {
	Y, Text                      int // of the bar's upper edge, of the text's baseline
	Name, Class, Value           string
	Width, Least, Most, Behind   int // of the bar; of the whisker's ends; where the value is written
	Middle, WhiskerUp, WhiskerLo int
}

const (
	plotLeft  = 250 // of the bars
	plotWidth = 400 // of the longest whisker
	rowHeight = 26
)

var plotTemplate = template.Must(template.New("plot").Parse(`<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{{.Height}}" viewBox="0 0 720 {{.Height}}" role="img">
<title>{{.Title}}</title>
<style>
text{font:13px system-ui,sans-serif;fill:#1f2328}
.value{font-size:12px}
.our{fill:#1a7f64}.other{fill:#8c959f}.floor{fill:#c9d1d9}
.whisker{stroke:#1f2328;stroke-width:1.2}.one{stroke:#cf222e;stroke-width:1;stroke-dasharray:4 3}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.our{fill:#3fb68b}.other{fill:#6e7681}.floor{fill:#484f58}.whisker{stroke:#e6edf3}.one{stroke:#ff7b72}}
</style>
<text x="8" y="18">{{.Title}}</text>
{{range .Rows}}<text x="242" y="{{.Text}}" text-anchor="end">{{.Name}}</text>
<rect class="{{.Class}}" x="250" y="{{.Y}}" width="{{.Width}}" height="16"/>
<path class="whisker" d="M{{.Least}} {{.Middle}}H{{.Most}}M{{.Least}} {{.WhiskerUp}}V{{.WhiskerLo}}M{{.Most}} {{.WhiskerUp}}V{{.WhiskerLo}}"/>
<text class="value" x="{{.Behind}}" y="{{.Text}}">{{.Value}}</text>
{{end}}<path class="one" d="M{{.One}} 30V{{.Bottom}}"/>
</svg>
`))

// plot draws the ratios of the cell as bars, with whiskers from the least to the greatest and a line at the floor.
func (c *cell) plot() string {
	names := c.ranked()
	most := 1.0
	for _, name := range names {
		most = max(most, c.spread(name, ratioOf).Most)
	}
	x := func(ratio float64) int { return plotLeft + int(ratio/most*plotWidth) }
	var rows []row
	for i, name := range names {
		s, _ := find(name)
		r := c.spread(name, ratioOf)
		y := 34 + i*rowHeight
		rows = append(rows, row{
			Y: y, Text: y + 13, Middle: y + 8, WhiskerUp: y + 4, WhiskerLo: y + 12,
			Name: template.HTMLEscapeString(s.title()), Class: [...]string{"floor", "our", "other"}[s.kind], Value: fmt.Sprintf("%.2f", r.Median),
			Width: x(r.Median) - plotLeft, Least: x(r.Least), Most: x(r.Most), Behind: x(r.Most) + 8,
		})
	}
	what := ": throughput, as a ratio to the floor's"
	if c.rate > 0 {
		what = ": median latency, as a ratio to the floor's (less is better)"
	}
	var b strings.Builder
	bottom := 34 + len(rows)*rowHeight
	err := plotTemplate.Execute(&b, map[string]any{
		"Title": c.String() + what, "Rows": rows, "One": x(1), "Bottom": bottom, "Height": bottom + 8,
	})
	if err != nil {
		panic(err) // the template and what it is given stand above
	}
	return b.String()
}
