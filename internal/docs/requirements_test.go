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

// A requirement that a test cites is on the page.
func TestEveryRequirementThatATestCitesIsOnThePage(t *testing.T) {
	page := read(t, "docs/requirements.md")
	cited := regexp.MustCompile(`//.*\b([RH]\d{1,2})\b`)
	var missing []string
	for _, folder := range []string{"core", "core/adapter", "core/redisstore", "core/adaptertest", "core/storetest"} {
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
