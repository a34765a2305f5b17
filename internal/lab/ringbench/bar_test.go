package ringbench

import (
	"testing"
)

func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		b    bar
		want string
	}{
		{bar{most: 2, measured: spread{1, 1, 2, 9}}, "met"},
		{bar{most: 2, measured: spread{1, 1, 3, 9}}, "met (not in all 9 rounds alike)"},
		{bar{most: 2, measured: spread{3, 3, 3, 9}}, "**not met**"},
		{bar{most: 2, aim: 1, measured: spread{0.9, 0.8, 1, 9}}, "met, and the aim reached"},
		{bar{most: 2, aim: 1, measured: spread{1.1, 0.9, 1.2, 9}}, "met, the aim not reached (not in all 9 rounds alike)"},
	} {
		if got := test.b.Verdict(); got != test.want {
			t.Errorf("%+v: got %q, want %q", test.b, got, test.want)
		}
	}
}
