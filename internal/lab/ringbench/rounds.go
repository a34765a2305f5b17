package ringbench

import (
	"fmt"
	"math"
	"runtime"
	"slices"
)

// A competitor is measured once in each round. It returns a time in nanoseconds.
type competitor struct {
	name    string
	measure func() float64
}

// tooSlow is the time in nanoseconds after which a competitor is not measured again.
const tooSlow = 300e6

// samples has what each competitor took, round by round; NaN where it was not measured.
type samples map[string][]float64

// measureInRounds lets all competitors have their turn in each round, so that what else the machine does hits them alike.
func measureInRounds(rounds int, competitors []competitor) samples {
	all := samples{}
	for round := range rounds {
		runtime.GC()
		for _, c := range competitors {
			took := math.NaN()
			if round == 0 || all[c.name][0] < tooSlow {
				took = c.measure()
			}
			all[c.name] = append(all[c.name], took)
		}
	}
	return all
}

// ratio compares two competitors within each round.
func (s samples) ratio(name, base string) spread {
	ratios := slices.Clone(s[name])
	for i := range ratios {
		ratios[i] /= s[base][i]
	}
	return spreadOf(ratios)
}

func (s samples) nanoseconds(name string) spread { return spreadOf(s[name]) }

// A spread is the middle and the ends of what was measured; all are 0 if nothing was.
type spread struct {
	median, least, most float64
	n                   int
}

func spreadOf(values []float64) spread {
	values = slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(values) == 0 {
		return spread{}
	}
	slices.Sort(values)
	middle := len(values) / 2
	median := (values[middle] + values[(len(values)-1)/2]) / 2
	return spread{median, values[0], values[len(values)-1], len(values)}
}

func (s spread) String() string {
	switch s.n {
	case 0:
		return "–"
	case 1:
		return number(s.median)
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.median), number(s.least), number(s.most))
}

// number prints about three digits.
func number(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x < 0.1:
		return fmt.Sprintf("%.2g", x)
	}
	return fmt.Sprintf("%.2f", x)
}
