package ringbench

import (
	"testing"
)

func TestLabelsKeepApart(t *testing.T) {
	labels := apart([]label{{y: 50}, {y: 10}, {y: 12}, {y: 49}, {y: 51}}, 5)
	for i := 1; i < len(labels); i++ {
		if labels[i].y-labels[i-1].y < 5 {
			t.Errorf("labels %d and %d are too near: %+v", i-1, i, labels)
		}
	}
	if labels[0].y != 10 || labels[len(labels)-1].y != 51 {
		t.Errorf("the ends must stay: %+v", labels)
	}
}
