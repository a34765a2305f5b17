package ringbench

import (
	"math"
	"runtime"
	"slices"

	"github.com/ringsession/ringsession/internal/lab/report"
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
func (s samples) ratio(name, base string) report.Spread {
	ratios := slices.Clone(s[name])
	for i := range ratios {
		ratios[i] /= s[base][i]
	}
	return report.SpreadOf(ratios)
}

func (s samples) nanoseconds(name string) report.Spread { return report.SpreadOf(s[name]) }
