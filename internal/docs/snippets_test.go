package docs_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// quotable are the endings of files that pages quote.
var quotable = map[string]bool{".go": true, ".py": true, ".js": true, ".yml": true, ".yaml": true, ".conf": true}

// lineThatMatters is a line of code at the beginning of a numbered item of a recipe.
var lineThatMatters = regexp.MustCompile("(?m)^[1-9]\\. `([^`\n]+)`")

// The code that the pages of docs show is that of files which the page links, and these files are compiled and run by their
// own tests.
func TestTheCodeOfThePagesIsInTheFilesThatTheyLink(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```(?:go|python|js|yaml|nginx|caddyfile)\n(.*?)```")
	count := 0
	for _, page := range pages(t) {
		var files []string
		for _, target := range links(t, page) {
			if ext := filepath.Ext(target); quotable[ext] || filepath.Base(target) == "Caddyfile" {
				files = append(files, read(t, filepath.Join(filepath.Dir(page), target)))
			}
		}
		for _, line := range lineThatMatters.FindAllStringSubmatch(read(t, page), -1) {
			if strings.HasPrefix(page, "docs/recipes/") && !quotes(files, line[1]) {
				t.Errorf("%s explains a line that is in none of the %d files that it links:\n%s", page, len(files), line[1])
			}
		}
		for _, block := range blocks.FindAllStringSubmatch(read(t, page), -1) {
			count++
			if !quotes(files, block[1]) {
				t.Errorf("%s shows code that is in none of the %d files that it links:\n%s", page, len(files), block[1])
			}
		}
	}
	if count < 20 {
		t.Errorf("%d blocks found", count)
	}
}

// quotes reports whether one of the files has these lines, one after the other, perhaps further to the right.
func quotes(files []string, block string) bool {
	want := strings.Split(strings.TrimRight(block, "\n"), "\n")
	for _, file := range files {
		lines := strings.Split(file, "\n")
		for at := range lines {
			indent, found := strings.CutSuffix(lines[at], want[0])
			if found && strings.TrimSpace(indent) == "" && starts(lines[at:], want, indent) {
				return true
			}
		}
	}
	return false
}

func starts(lines, want []string, indent string) bool {
	if len(lines) < len(want) {
		return false
	}
	for i, line := range want {
		if line != "" {
			line = indent + line
		}
		if lines[i] != line {
			return false
		}
	}
	return true
}
