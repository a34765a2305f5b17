package console

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// The radii of the two circles of the picture, which is 200 wide.
const (
	outerRadius = 82
	innerRadius = 58
)

// An arc is a part of a circle of length 100, as a dash of its line.
type arc struct {
	Length, Rest, Offset string
	X, Y                 string // of its label
	Wide                 bool   // enough for a label of three letters
}

// newArc returns the arc for the part of a circle that begins at start, and moves start to its end.
func newArc(start *float64, part, radius float64) arc {
	const gap = 0.7
	length := 100 * part
	middle := 2 * math.Pi * (*start + length/2) / 100
	a := arc{
		Offset: fmt.Sprintf("%.2f", -*start), Wide: length > 4,
		X: fmt.Sprintf("%.1f", 100+radius*math.Sin(middle)), Y: fmt.Sprintf("%.1f", 100-radius*math.Cos(middle)),
	}
	*start += length
	if length < 100 {
		length = max(0, length-gap)
	}
	a.Length, a.Rest = fmt.Sprintf("%.2f", length), fmt.Sprintf("%.2f", 100-length)
	return a
}

func part(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// tenthsOf rounds parts of one to tenths of a percent, so that they add up to what the parts add up to: those that lose most
// by rounding down get one more.
func tenthsOf(parts []float64) []int {
	tenths, rest, sum := make([]int, len(parts)), make([]int, len(parts)), 0.0
	for i, p := range parts {
		tenths[i], rest[i] = int(1000*p), i
		sum += 1000 * p
	}
	loss := func(i int) float64 { return 1000*parts[i] - float64(tenths[i]) }
	slices.SortStableFunc(rest, func(a, b int) int { return cmp.Compare(loss(b), loss(a)) })
	missing := int(math.Round(sum))
	for _, n := range tenths {
		missing -= n
	}
	for _, i := range rest[:missing] {
		tenths[i]++
	}
	return tenths
}

func percent(tenths int) string {
	if tenths == 0 {
		return "0\u00a0%"
	}
	return fmt.Sprintf("%d.%d\u00a0%%", tenths/10, tenths%10)
}
