package adaptertest

import (
	"slices"
	"testing"
)

// A scenario is one rule and how to see whether it holds.
type scenario struct {
	name string
	rule string // in words; a failure shows it
	run  func(*stage)
}

func scenarios() []scenario {
	return slices.Concat(
		costScenarios,
		dictionaryScenarios,
		cookieScenarios,
		cachingScenarios,
		verdictScenarios,
		adoptionScenarios,
		loginScenarios,
		guardScenarios,
		originScenarios,
		bearerScenarios,
		lifetimeScenarios,
		clockScenarios,
		failureScenarios,
		mistakeScenarios,
		handlerScenarios,
		errorScenarios,
		responseScenarios,
		streamScenarios,
		writerScenarios,
		upgradeScenarios,
		foreignScenarios,
		raceScenarios,
		orderScenarios,
		eventScenarios,
	)
}

// Run plays every scenario with the framework, as subtests. A failure names the
// rule that is broken.
func Run(t *testing.T, f Framework) {
	table := scenarios()
	for name := range f.Cannot {
		if !slices.ContainsFunc(table, func(sc scenario) bool { return sc.name == name }) {
			t.Errorf("%s cannot play %q, which is no scenario", f.Name, name)
		}
	}
	for _, transport := range transports {
		t.Run(transport.name, func(t *testing.T) {
			for _, sc := range table {
				t.Run(sc.name, func(t *testing.T) {
					if reason, ok := f.Cannot[sc.name]; ok {
						t.Skipf("%s cannot: %s", f.Name, reason)
					}
					play(t, f, transport.listen, sc)
				})
			}
		})
	}
}
