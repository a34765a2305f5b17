package adaptertest

import "testing"

func TestScenariosHaveNamesAndRules(t *testing.T) {
	seen := map[string]bool{}
	for _, sc := range scenarios() {
		if sc.name == "" || sc.rule == "" || sc.run == nil {
			t.Errorf("incomplete: %+v", sc.name)
		}
		if seen[sc.name] {
			t.Errorf("two scenarios have the name %q", sc.name)
		}
		seen[sc.name] = true
	}
}
