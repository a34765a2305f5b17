package ringbench

import (
	"fmt"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// A bar is a bound that the ring must keep.
type bar struct {
	What     string
	most     float64
	aim      float64 // 0 if there is none
	measured report.Spread
}

// Bars are the bounds at 64 nodes of equal weight.
func (p page) Bars() []bar {
	at := p.middle()
	return []bar{
		{"a lookup of 43 bytes at 64 nodes, as a multiple of a bare XXH64 sum", 1.25, 0.7, p.long[at].ratio(oursName, baseName)},
		{"the build at 64 nodes, as a multiple of that of Maglev's table of 65,537 slots", 3.5, 0, p.build[at].ratio(oursName, maglevSmall.name)},
		{"the same, of Maglev's table of 131,071 slots", 3.5, 0, p.build[at].ratio(oursName, maglevLarge.name)},
	}
}

func (b bar) Most() string { return report.Number(b.most) }

func (b bar) Aim() string {
	if b.aim == 0 {
		return ""
	}
	return report.Number(b.aim)
}

func (b bar) Measured() string { return b.measured.String() }

// Verdict goes by the median, and says so if not all rounds agree.
func (b bar) Verdict() string {
	verdict := b.bound(b.most, "met", "**not met**")
	if b.aim != 0 {
		verdict += b.bound(b.aim, ", and the aim reached", ", the aim not reached")
	}
	return verdict
}

func (b bar) bound(bound float64, yes, no string) string {
	verdict := yes
	if b.measured.Median > bound {
		verdict = no
	}
	if b.measured.Least <= bound && b.measured.Most > bound {
		verdict += fmt.Sprintf(" (not in all %d rounds alike)", b.measured.N)
	}
	return verdict
}
