package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

var quoted = regexp.MustCompile("`([^`\n]+)`")

// checkNames demands that every quoted name is a test of ours: a function in a folder, a scenario, a rule or a make target.
func checkNames(t *testing.T, where, names string) {
	t.Helper()
	scenarios := sources(t, "core/adaptertest", "*_scenarios.go")
	rules := sources(t, "core/storetest", "rules.go")
	found := quoted.FindAllStringSubmatch(names, -1)
	if len(found) == 0 {
		t.Errorf("%s: no test is named", where)
	}
	for _, match := range found {
		name := match[1]
		if checkFunction(t, where, name) || strings.HasPrefix(name, "make ") {
			continue
		}
		if !strings.Contains(scenarios, `{"`+name+`", "`) && !strings.Contains(rules, `{"`+name+`", "`) {
			t.Errorf("%s: no scenario or rule %q", where, name)
		}
	}
}

// checkFunction reports whether the name is that of a test function, as "core/redisstore.TestX"; then the function must exist.
func checkFunction(t *testing.T, where, name string) bool {
	t.Helper()
	folder, test, ok := strings.Cut(name, ".")
	if !ok || !strings.HasPrefix(test, "Test") && !strings.HasPrefix(test, "Fuzz") || strings.ContainsAny(name, " ,(") {
		return false
	}
	if !strings.Contains(sources(t, folder, "*_test.go"), "func "+test+"(") {
		t.Errorf("%s: %s has no %s", where, folder, test)
	}
	return true
}

func TestEveryTestThatAPageNamesExists(t *testing.T) {
	count := 0
	for _, page := range pages(t) {
		for _, match := range quoted.FindAllStringSubmatch(withoutBlocks(read(t, page)), -1) {
			if checkFunction(t, page, match[1]) {
				count++
			}
		}
	}
	if count < 60 {
		t.Errorf("%d names of tests found", count)
	}
}

// rows returns the last cell of each row of a table by the first, without the tables' heads.
func rows(text string) map[string]string {
	found := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) (?:\|.*)?\| ([^|]+) \|$`).FindAllStringSubmatch(text, -1) {
		found[row[1]] = row[2]
	}
	for _, head := range []string{"#", "id", "when"} {
		delete(found, head)
	}
	return found
}

func TestEveryTestThatTheRequirementsNameExists(t *testing.T) {
	found := rows(read(t, "docs/requirements.md"))
	if len(found) < 100 {
		t.Fatalf("%d rows found, so the pattern does not fit the page", len(found))
	}
	for name, tests := range found {
		checkNames(t, name, tests)
	}
}

// P14: the standards are there clause by clause. A clause that is met by default or by a call names the tests that show it.
func TestEveryClauseNamesItsTests(t *testing.T) {
	page := read(t, "docs/standards.md")
	rows := regexp.MustCompile(`(?m)^\| (\d[^|]*) \|(?:[^|]*\|)? [^|]* \| ([^|]+) \| [^|]*\| ([^|]*)\|$`).FindAllStringSubmatch(page, -1)
	clauses := map[string]bool{}
	for _, row := range rows {
		clauses[row[1]] = true
		if row[2] != "Yours" || strings.Contains(row[3], "`") {
			checkNames(t, "clause "+row[1], row[3])
		}
	}
	for _, clause := range []string{
		"7.1.1", "7.1.2", "7.1.3", "7.2.1", "7.2.2", "7.2.3", "7.2.4", "7.3.1", "7.3.2", "7.4.1", "7.4.2", "7.4.3", "7.4.4",
		"7.4.5", "7.5.1", "7.5.2", "7.5.3", "7.6.1", "7.6.2", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.3.5",
		"5.1", "5.1.2", "5.2", "5.3", "2.1.3", "2.2.3", "2.3.3", "2", "2.1", "3", "3.1",
	} {
		if !clauses[clause] {
			t.Errorf("docs/standards.md lacks the clause %s", clause)
		}
	}
	if n := strings.Count(page, "\n| ") - 5; len(rows) != n {
		t.Errorf("%d rows found of %d, so the pattern does not fit the page", len(rows), n)
	}
}

// The requirements have a row for each row of the page of failures, and no other.
func TestEveryFailureIsShownByATest(t *testing.T) {
	_, section, _ := strings.Cut(read(t, "docs/requirements.md"), "## What happens when")
	_, page, _ := strings.Cut(read(t, "docs/failures.md"), "## Redis")
	shown, failures := rows(section), rows(page)
	if len(failures) < 60 {
		t.Fatalf("%d rows found, so the pattern does not fit the page", len(failures))
	}
	for failure := range failures {
		if shown[failure] == "" {
			t.Errorf("docs/requirements.md names no test of %q", failure)
		}
	}
	for failure := range shown {
		if failures[failure] == "" {
			t.Errorf("docs/failures.md lacks %q", failure)
		}
	}
}
