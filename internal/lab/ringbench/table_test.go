package ringbench

import (
	"testing"
)

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		number(0.456): "0.46", number(0.00123): "0.0012", number(12.34): "12.3", number(1234): "1234",
		thousands(7): "7", thousands(1000): "1,000", thousands(1048576): "1,048,576",
		percent(spread{}): none, percent(spread{n: 3}): "0", percent(spread{0.004, 0, 0.01, 3}): "< 0.01",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
