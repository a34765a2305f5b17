package console

import (
	"fmt"
	"math"
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
	Wide                 bool   // enough for a label
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
