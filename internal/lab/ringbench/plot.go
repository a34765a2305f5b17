package ringbench

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// palette has a colour for each competitor; all are dark enough for text on white.
var palette = []string{
	"#cf222e", "#0550ae", "#1b7c83", "#218bff", "#8250df", "#953800", "#bf3989", "#57606a",
	"#4d2d00", "#116329", "#7d4e00", "#6639ba", "#8c959f", "#24292f", "#a40e26",
}

// A scale maps logarithms of values from least to most to positions from a to b.
type scale struct{ least, most, a, b float64 }

func (s scale) at(value float64) float64 {
	return s.a + (s.b-s.a)*math.Log(value/s.least)/math.Log(s.most/s.least)
}

// A label stands at the end of a curve, or as near to it as others let it.
type label struct {
	y            float64
	text, colour string
	weight       string
}

// lookupPlot draws the time of a lookup over the number of nodes.
func (p page) lookupPlot() string {
	const left, right, top, bottom, labels = 60, 520, 56, 500, 14
	s := newSVG(780, 540, "Lookup of a key of 43 bytes, nanoseconds")
	x := scale{float64(p.sizes[0]), float64(p.sizes[len(p.sizes)-1]), left, right}
	y := scale{2, 3000, bottom, top}
	for _, n := range p.sizes {
		s.line(x.at(float64(n)), top, x.at(float64(n)), bottom, grey)
		s.text(x.at(float64(n)), bottom+20, "middle", black, "normal", report.Thousands(n)+" nodes")
	}
	for _, ns := range []float64{2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000} {
		s.line(left, y.at(ns), right, y.at(ns), grey)
		s.text(left-8, y.at(ns)+4, "end", black, "normal", fmt.Sprint(ns))
	}
	var ends []label
	for i, name := range p.names() {
		points := p.curve(name, x, y)
		colour, width, weight := palette[i%len(palette)], 1.5, "normal"
		if name == oursName {
			width, weight = 3.5, "bold"
		}
		s.curve(points, colour, width)
		ends = append(ends, label{points[len(points)-1][1], name, colour, weight})
	}
	for _, l := range apart(ends, labels) {
		s.text(right+10, l.y+4, "start", l.colour, l.weight, l.text)
	}
	return s.String()
}

func (p page) names() (all []string) {
	for _, r := range rivals {
		all = append(all, r.name)
	}
	for _, base := range bases {
		all = append(all, base.name)
	}
	return all
}

func (p page) curve(name string, x, y scale) (points [][2]float64) {
	for _, n := range p.sizes {
		ns := p.long[setting{n, equalName}].nanoseconds(name).Median
		points = append(points, [2]float64{x.at(float64(n)), y.at(min(max(ns, y.least), y.most))})
	}
	return points
}

// apart moves labels so that none is nearer to another than distance: each below the one above it, then all of those that
// went too far back up.
func apart(labels []label, distance float64) []label {
	slices.SortStableFunc(labels, func(a, b label) int { return cmp.Compare(a.y, b.y) })
	lowest := labels[len(labels)-1].y
	for i := 1; i < len(labels); i++ {
		labels[i].y = max(labels[i].y, labels[i-1].y+distance)
	}
	for i := len(labels) - 1; i >= 0; i-- {
		labels[i].y = min(labels[i].y, lowest-distance*float64(len(labels)-1-i))
	}
	return labels
}

// An svg is a drawing on white, which is readable in a page of any colour.
type svg struct {
	width, height float64
	b             strings.Builder
}

const (
	black = "#1f2328"
	grey  = "#d0d7de"
)

func newSVG(width, height float64, title string) *svg {
	s := &svg{width: width, height: height}
	s.rect(0, 0, width, height, "#ffffff")
	s.text(16, 26, "start", black, "bold", title)
	return s
}

func (s *svg) rect(x, y, width, height float64, colour string) {
	fmt.Fprintf(&s.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, width, height, colour)
}

func (s *svg) line(x1, y1, x2, y2 float64, colour string) {
	fmt.Fprintf(&s.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, colour)
}

func (s *svg) curve(points [][2]float64, colour string, width float64) {
	var at []string
	for _, p := range points {
		at = append(at, fmt.Sprintf("%.1f,%.1f", p[0], p[1]))
	}
	fmt.Fprintf(&s.b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="%.1f"/>`+"\n", strings.Join(at, " "), colour, width)
}

// text is anchored at its start, middle or end.
func (s *svg) text(x, y float64, anchor, colour, weight, text string) {
	fmt.Fprintf(&s.b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" font-weight="%s">%s</text>`+"\n",
		x, y, anchor, colour, weight, html.EscapeString(text))
}

func (s *svg) String() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="sans-serif" font-size="12">`+
		"\n%s</svg>\n", s.width, s.height, s.width, s.height, s.b.String())
}
