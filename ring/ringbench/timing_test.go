package ringbench

import (
	"testing"
)

func TestLookUpCountsKeys(t *testing.T) {
	looked := 0
	count := loop(func(keys []string) int { looked += len(keys); return 0 })
	for _, n := range []int{0, 1, 4, 5, 13} {
		looked = 0
		if count.lookUp(make([]string, 4), n); looked != n {
			t.Errorf("%d keys were asked for, %d looked up", n, looked)
		}
	}
}
