package main

import "slices"

// A spread is a sample's median, and its least and greatest value.
type spread struct{ median, least, most float64 }

// spreadOf returns the zero spread for no values.
func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	return spread{percentile(sorted, 50), sorted[0], sorted[len(sorted)-1]}
}

// percentile returns the p-th percentile of sorted values, interpolated between the two nearest.
func percentile(sorted []float64, p float64) float64 {
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
