package docs_test

import (
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// surroundings are what a snippet of the README takes for granted, by what it mentions.
var surroundings = []struct{ mentions, declare string }{
	{"sessions)", "var sessions *core.Manager"},
	{"visits.", "const visits core.Counter = \"visits\""},
	{"c.PostForm", "var c *gin.Context"},
	{"Login(user)", "var user string"},
	{"ctx,", "var ctx context.Context"},
	{"r.Use(", "var r *gin.Engine"},
	{"e.Use(", "var e *echo.Echo"},
	{"app.Use(", "var app *fiber.App"},
	{"mux.", "var mux *http.ServeMux"},
}

// packages are the import paths behind the qualifiers that snippets use.
var packages = map[string]string{
	"context": "context", "fmt": "fmt", "os": "os", "http": "net/http",
	"gin": "github.com/gin-gonic/gin", "echo": "github.com/labstack/echo/v4", "fiber": "github.com/gofiber/fiber/v2",
	"core": module + "/core", "redisstore": module + "/core/redisstore",
	"ginsession": module + "/ginsession", "echosession": module + "/echosession",
	"fibersession": module + "/fibersession", "nethttpsession": module + "/nethttpsession",
	"middleware": "github.com/labstack/echo/v4/middleware", "recover": "github.com/gofiber/fiber/v2/middleware/recover",
}

const module = "github.com/ringsession/ringsession"

// Every Go snippet of the README compiles, in a package of its own that exists only as an overlay of the build.
func TestTheCodeOfTheReadmeCompiles(t *testing.T) {
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(t, "README.md"), -1)
	if len(snippets) < 6 {
		t.Fatalf("%d snippets found, want at least 6", len(snippets))
	}
	folder, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	targets := []string{"build", "-overlay", filepath.Join(t.TempDir(), "overlay.json")}
	for i, snippet := range snippets {
		name := fmt.Sprintf("snippet%d", i)
		source, err := format.Source([]byte(program(snippet[1])))
		if err != nil {
			t.Errorf("snippet %d: %v\n%s", i+1, err, snippet[1])
			continue
		}
		file := filepath.Join(t.TempDir(), name+".go")
		if err := os.WriteFile(file, source, 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(folder, "internal", "docs", name, name+".go")] = file
		targets = append(targets, "./internal/docs/"+name)
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(targets[2], text, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", targets...)
	build.Dir = folder
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// program makes a package of a snippet: a constant stands alone, statements go into a function.
func program(snippet string) string {
	body := snippet
	if !strings.HasPrefix(snippet, "const ") {
		results, end := "", ""
		if strings.Contains(snippet, "return err") {
			results, end = "error", "\nreturn nil"
		}
		body = "func _() " + results + " {\n" + snippet + unused(snippet) + end + "\n}\n"
	}
	for _, s := range surroundings {
		if strings.Contains(snippet, s.mentions) {
			body += s.declare + "\n"
		}
	}
	imports := ""
	for qualifier, path := range packages {
		if regexp.MustCompile(`\b`+qualifier+`\.[A-Z]`).MatchString(body) || qualifier == "recover" && strings.Contains(body, "recover.New") {
			imports += fmt.Sprintf("import %s %q\n", qualifier, path)
		}
	}
	return "package snippet\n" + imports + body
}

// unused uses the variable that the snippet's last statement declares, so that the compiler does not mind.
func unused(snippet string) string {
	use := ""
	for _, name := range []string{"sessions", "handler"} {
		if strings.Contains(snippet, name+", err :=") || strings.Contains(snippet, name+" :=") {
			use = "\n_ = " + name
		}
	}
	return use
}

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
