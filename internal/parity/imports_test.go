package parity_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

type arrow struct {
	from string
	to   []string
}

// arrows say which packages of this module a package may import, tests apart. Paths are patterns of [path.Match]; the first
// row that fits a package counts.
var arrows = []arrow{
	{"core/store", nil},
	{"core/adapter", nil},
	{"core", []string{"core/store", "core/adapter"}},
	{"ring", nil},
	{"core/memstore", []string{"core/store"}},
	{"core/redisstore", []string{"core", "core/store", "ring"}},
	{"core/storetest", []string{"core/store", "internal/storemodel"}},
	{"internal/storemodel", []string{"core/store"}},
	{"core/adaptertest", []string{"core", "core/adapter", "core/memstore", "core/store"}},
	{"core/sessiontest", []string{"core", "core/adapter", "core/memstore"}},
	{"*session", []string{"core", "core/adapter"}},
	{"internal/chaintest", []string{"core", "core/memstore", "core/store"}},
	{"internal/*", nil},
	{"examples/embedded", []string{"core/store", "core/redisstore"}},
	{"examples/site", []string{"core", "core/adapter", "core/memstore", "core/redisstore", "ring", "examples/embedded"}},
	{"examples", nil},
	{"examples/demo/console", []string{"core", "core/store", "core/redisstore", "ring", "examples/site", "examples/embedded", "examples/demo/balancer"}},
	{"examples/*/*", []string{"core", "core/adapter", "*session", "examples/site"}},
	{"examples/*", []string{"examples/site", "examples/*/*"}},
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		from, ok := strings.CutPrefix(p.ImportPath, module+"/")
		if !ok {
			continue
		}
		row := slices.IndexFunc(arrows, func(a arrow) bool { return matches(a.from, from) })
		if row < 0 {
			t.Errorf("the package %s is new: say in arrows what it may import", from)
			continue
		}
		for _, imported := range p.Imports {
			to, ok := strings.CutPrefix(imported, module+"/")
			if ok && !slices.ContainsFunc(arrows[row].to, func(pattern string) bool { return matches(pattern, to) }) {
				t.Errorf("%s imports %s, which %s may not", from, to, arrows[row].from)
			}
		}
	}
}

// What a user gets with a package: the modules that these packages need, and no others.
func TestPackagesBringOnlyWhatTheyNeed(t *testing.T) {
	const xxh3 = "github.com/zeebo/xxh3"
	rows := map[string][]string{
		"core":             nil,
		"core/store":       nil,
		"core/adapter":     nil,
		"core/memstore":    nil,
		"ring":             {xxh3},
		"core/redisstore":  {xxh3, "github.com/redis/go-redis/v9"},
		"core/storetest":   {"github.com/anishathalye/porcupine"},
		"core/adaptertest": {"github.com/coder/websocket"},
	}
	for _, a := range adapters {
		rows[a.name] = []string{a.imports}
	}
	for name, needs := range rows {
		var allowed []string
		for _, need := range needs {
			allowed = append(allowed, modules(t, need)...)
		}
		for _, m := range modules(t, module+"/"+name) {
			if !slices.Contains(allowed, m) {
				t.Errorf("%s brings the module %s", name, m)
			}
		}
	}
}

func TestAnAdapterBringsNoOtherFramework(t *testing.T) {
	for _, a := range adapters {
		brought := modules(t, module+"/"+a.name)
		for _, other := range adapters {
			for _, m := range other.frameworkModules() {
				if got, want := slices.Contains(brought, m), other == a; got != want {
					t.Errorf("%s brings %s: %v, want %v", a.name, m, got, want)
				}
			}
		}
	}
}

// Files for other systems are looked at as well, which go list passes over. Nested modules are not: they are tests and
// benchmarks as a whole.
func TestTestHelpersAreImportedByTestsAlone(t *testing.T) {
	helpers := []string{module + "/core/storetest", module + "/core/adaptertest", module + "/internal/redistest", module + "/internal/chaintest"}
	read := 0
	err := filepath.WalkDir(root(t), func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || isNested(t, name)):
			return filepath.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		read++
		for _, spec := range file.Imports {
			if imported, _ := strconv.Unquote(spec.Path.Value); slices.Contains(helpers, imported) {
				t.Errorf("%s, which is no test, imports %s", name, imported)
			}
		}
		return nil
	})
	if err != nil || read < 50 {
		t.Errorf("read %d files, then %v", read, err)
	}
}

// isNested reports whether another module begins in the folder.
func isNested(t *testing.T, folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil && folder != root(t)
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// A listed package is what go list tells of it. Imports and Deps leave out what only tests import.
type listed struct {
	ImportPath    string
	Standard      bool
	Imports, Deps []string
	Module        struct{ Path string }
}

var list = sync.OnceValues(func() (map[string]listed, error) {
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps,Module", module+"/...").Output()
	if err != nil {
		return nil, err
	}
	all := map[string]listed{}
	for in := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := in.Decode(&p); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[p.ImportPath] = p
	}
})

// packages returns all packages of the module and what they need.
func packages(t *testing.T) map[string]listed {
	t.Helper()
	all, err := list()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return all
}

// modules returns the modules, other than this one and the standard library, whose code a user of the package gets.
func modules(t *testing.T, name string) (found []string) {
	t.Helper()
	all := packages(t)
	p, ok := all[name]
	if !ok {
		t.Fatalf("go list knows no package %s", name)
	}
	for _, dep := range append(p.Deps, name) {
		if d := all[dep]; !d.Standard && d.Module.Path != module && !slices.Contains(found, d.Module.Path) {
			found = append(found, d.Module.Path)
		}
	}
	return found
}
