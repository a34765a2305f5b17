package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sources returns the Go files of a folder as one text.
func sources(t *testing.T, folder, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s in %s (error %v)", pattern, folder, err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

func TestEveryTestThatTheRequirementsNameExists(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| ([PRH]\d+) \|.*\| ([^|]+) \|$`).FindAllStringSubmatch(read(t, "docs/requirements.md"), -1)
	if len(rows) < 40 {
		t.Fatalf("%d rows found, so the pattern does not fit the page", len(rows))
	}
	scenarios := sources(t, "core/sessiontest", "*_scenarios.go")
	rules := sources(t, "core/storetest", "rules.go")
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, row := range rows {
		names := 0
		for _, part := range quoted.FindAllStringSubmatch(row[2], -1) {
			name := part[1]
			names++
			if pkg, test, ok := cutTest(name); ok {
				if !strings.Contains(sources(t, pkg, "*_test.go"), "func "+test+"(") {
					t.Errorf("%s: %s has no %s", row[1], pkg, test)
				}
				continue
			}
			known := strings.Contains(scenarios, `{"`+name+`", "`) || strings.Contains(rules, `{"`+name+`", "`)
			if !known && !strings.HasPrefix(name, "make ") {
				t.Errorf("%s: no scenario or rule %q", row[1], name)
			}
		}
		if names == 0 {
			t.Errorf("%s names no test", row[1])
		}
	}
}

// cutTest divides "core/redisstore.TestX" into folder and function.
func cutTest(name string) (pkg, test string, ok bool) {
	pkg, test, ok = strings.Cut(name, ".")
	return pkg, test, ok && (strings.HasPrefix(test, "Test") || strings.HasPrefix(test, "Fuzz"))
}

// A requirement that a test cites is on the page.
func TestEveryRequirementThatATestCitesIsOnThePage(t *testing.T) {
	page := read(t, "docs/requirements.md")
	cited := regexp.MustCompile(`//.*\b([RH]\d{1,2})\b`)
	var missing []string
	for _, folder := range []string{"core", "core/redisstore", "core/sessiontest", "core/storetest"} {
		for _, match := range cited.FindAllStringSubmatch(sources(t, folder, "*.go"), -1) {
			if !strings.Contains(page, "| "+match[1]+" |") && !slices.Contains(missing, match[1]) {
				missing = append(missing, match[1])
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("docs/requirements.md lacks %v", missing)
	}
}
