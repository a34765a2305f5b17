package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pages returns the names of all pages of the documentation.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(found) < 10 {
		t.Fatalf("%d pages in docs (error %v)", len(found), err)
	}
	recipes, err := filepath.Glob(filepath.Join(root, "docs", "recipes", "*.md"))
	if err != nil || len(recipes) < 10 {
		t.Fatalf("%d pages in docs/recipes (error %v)", len(recipes), err)
	}
	names := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
	for _, name := range append(found, recipes...) {
		page, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, page)
	}
	return names
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// links returns the local targets that a page links or shows.
func links(t *testing.T, page string) []string {
	t.Helper()
	var local []string
	for _, match := range link.FindAllStringSubmatch(prose(read(t, page)), -1) {
		if !strings.Contains(match[1], "://") {
			local = append(local, match[1])
		}
	}
	return local
}

// prose is a page without its blocks and pieces of code, in which brackets are no links.
func prose(page string) string {
	return quoted.ReplaceAllString(withoutBlocks(page), "``")
}

// withoutBlocks is a page without its blocks of code.
func withoutBlocks(page string) string {
	return regexp.MustCompile("(?s)```.*?```").ReplaceAllString(page, "")
}

func TestLocalLinksAndImagesLeadSomewhere(t *testing.T) {
	count := 0
	for _, page := range pages(t) {
		for _, target := range links(t, page) {
			count++
			file, heading, _ := strings.Cut(target, "#")
			path := filepath.Join(filepath.Dir(page), file)
			if file == "" {
				path = page
			}
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				t.Errorf("%s links %s: %v", page, target, err)
			} else if heading != "" && !hasHeading(read(t, path), heading) {
				t.Errorf("%s links %s, and %s has no such heading", page, target, path)
			}
		}
	}
	if count < 20 {
		t.Errorf("%d links found, so the pattern does not fit the pages", count)
	}
}

// hasHeading reports whether the page has a heading with the anchor that GitHub makes of it.
func hasHeading(page, anchor string) bool {
	for _, match := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		text := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(match[1]), "")
		if strings.ReplaceAll(text, " ", "-") == anchor {
			return true
		}
	}
	return false
}

// Every page of docs can be reached from the README.
func TestEveryPageIsLinked(t *testing.T) {
	seen := map[string]bool{"README.md": true}
	for queue := []string{"README.md"}; len(queue) > 0; queue = queue[1:] {
		for _, target := range links(t, queue[0]) {
			file, _, _ := strings.Cut(target, "#")
			path := filepath.Join(filepath.Dir(queue[0]), file)
			if _, err := os.Stat(filepath.Join(root, path)); err == nil && strings.HasSuffix(path, ".md") && !seen[path] {
				seen[path] = true
				queue = append(queue, path)
			}
		}
	}
	for _, page := range pages(t) {
		if !seen[page] {
			t.Errorf("no page that the README leads to links %s", page)
		}
	}
}
