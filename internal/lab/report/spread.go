package report

import (
	"fmt"
	"math"
	"slices"
)

// None stands for what was not measured.
const None = "–"

// A Spread is the middle and the ends of a sample. The zero value is that of no values.
type Spread struct {
	Median, Least, Most float64
	N                   int
}

// SpreadOf leaves out what is NaN.
func SpreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	sorted = slices.DeleteFunc(sorted, math.IsNaN)
	if len(sorted) == 0 {
		return Spread{}
	}
	return Spread{Percentile(sorted, 50), sorted[0], sorted[len(sorted)-1], len(sorted)}
}

// String writes the median, and the ends behind it unless there is one value only.
func (s Spread) String() string {
	switch s.N {
	case 0:
		return None
	case 1:
		return Number(s.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", Number(s.Median), Number(s.Least), Number(s.Most))
}

// Percentile returns the p-th percentile of sorted values, interpolated between the two nearest, or 0 if there are none.
func Percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := p / 100 * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Number writes about three digits, and whole numbers as such.
func Number(x float64) string {
	switch {
	case x == math.Trunc(x) || x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x < 0.1:
		return fmt.Sprintf("%.2g", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// Thousands groups digits, as in 1,000,000.
func Thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", Thousands(n/1000), n%1000)
}
