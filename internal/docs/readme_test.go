package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

// The libraries that the README compares are those that internal/lab/migrations runs.
func TestTheReadmeComparesTheVersionsThatAreRun(t *testing.T) {
	modules := read(t, "internal/lab/go.mod")
	row := regexp.MustCompile(`(?m)^\| \| ringsession \|.*$`).FindString(read(t, "README.md"))
	for name, path := range map[string]string{
		"scs": "github.com/alexedwards/scs/v2", "gin-contrib": "github.com/gin-contrib/sessions", "Fiber": "github.com/gofiber/fiber/v2",
	} {
		version := regexp.MustCompile(regexp.QuoteMeta(path) + ` v(\S+)`).FindStringSubmatch(modules)
		if version == nil || !strings.Contains(row, name+" "+version[1]+" ") {
			t.Errorf("internal/lab has %s %v, the README says %q", path, version, row)
		}
	}
}
