package ringbench

import (
	"fmt"
	"html"
	"strings"
)

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
