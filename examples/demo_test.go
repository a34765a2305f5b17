package examples_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/ringsession/ringsession/examples/site"
)

var servedBy = regexp.MustCompile(`aria-current="true">([^<]+)</li>[\s\S]*<dt>Visits</dt><dd>(\d+)</dd>[\s\S]*<dt>Served by</dt><dd>([^<]+)</dd>\s*<dt>Session kept by</dt><dd>shard ([abc])</dd>`)

func TestTheDemoKeepsTheLoginWhileFrameworksTakeTurns(t *testing.T) {
	base := serve(t, demo, site.Config{})
	v := newVisitor(t)
	v.signIn(base, "ada")
	shard := v.whoami(base).Shard
	var turns []string
	for n := 1; n <= 40; n++ {
		a := v.home(base)
		got := servedBy.FindStringSubmatch(a.body)
		if got == nil || got[2] != fmt.Sprint(n) || got[1] != got[3] || got[4] != shard {
			t.Fatalf("visit %d: got %q from a page that should name it and shard %s:\n%s", n, got, shard, a.body)
		}
		turns = append(turns, got[3])
	}
	for i := range turns[4:] {
		if turns[i] != turns[i+4] {
			t.Fatalf("the frameworks did not take turns: %v", turns)
		}
	}
	slices.Sort(turns)
	if got := fmt.Sprint(slices.Compact(turns)); got != "[Echo Fiber Gin net/http]" {
		t.Errorf("%s answered, want all four", got)
	}
}
