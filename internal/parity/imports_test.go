package parity_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
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
	{"internal/storehook", []string{"core/memstore", "core/store"}},
	{"core/adaptertest", []string{"core", "core/adapter", "core/store", "internal/storehook"}},
	{"core/sessiontest", []string{"core", "core/adapter", "core/memstore"}},
	{"fibersession", []string{"core", "internal/fasthttpsession"}},
	{"fibersession/fiberv3session", []string{"core", "internal/fasthttpsession"}},
	{"echosession", []string{"core", "core/adapter", "internal/echopath"}},
	{"echosession/echov5session", []string{"core", "core/adapter", "internal/echopath"}},
	{"*session", []string{"core", "core/adapter"}},
	{"internal/fasthttpsession", []string{"core", "core/adapter"}},
	{"internal/chaintest", []string{"core", "core/memstore", "core/store"}},
	{"internal/echotest", []string{"core", "core/adapter", "internal/chaintest"}},
	{"internal/fibertest", []string{"core", "core/adapter", "core/memstore", "internal/chaintest", "internal/parity"}},
	{"internal/parity", []string{"core", "core/adapter", "core/memstore", "core/redisstore", "core/store", "internal/redistest"}},
	{"internal/*", nil},
	{"examples/embedded", []string{"core/store", "core/redisstore"}},
	{"examples/site", []string{"core", "core/adapter", "core/memstore", "core/redisstore", "ring", "examples/embedded"}},
	{"examples", nil},
	{"examples/demo/console", []string{"core", "core/store", "core/redisstore", "ring", "nethttpsession", "examples/site", "examples/embedded", "examples/demo/balancer", "examples/demo/usual"}},
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
	for _, a := range allAdapters {
		rows[a.folder] = []string{a.imports}
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

// Files for other systems are looked at as well, which go list passes over. The lab is not: it is tests and benchmarks as a
// whole.
func TestTestHelpersAreImportedByTestsAlone(t *testing.T) {
	var helpers []string
	for _, folder := range []string{"core/storetest", "core/adaptertest", "internal/redistest", "internal/storehook",
		"internal/chaintest", "internal/echotest", "internal/fibertest", "internal/parity", "internal/proxytest"} {
		helpers = append(helpers, module+"/"+folder)
	}
	read := 0
	err := filepath.WalkDir(root(t), func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || name == filepath.Join(root(t), "internal", "lab")),
			entry.IsDir() && slices.Contains(helpers, module+filepath.ToSlash(strings.TrimPrefix(name, root(t)))):
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
	all := map[string]listed{}
	for _, folder := range []string{".", "echosession/echov5session", "fibersession/fiberv3session"} {
		list := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps,Module", "./...")
		list.Dir = filepath.Join("../..", folder)
		out, err := list.Output()
		if err != nil {
			return nil, err
		}
		in := json.NewDecoder(strings.NewReader(string(out)))
		for err == nil {
			var p listed
			if err = in.Decode(&p); err == nil {
				all[p.ImportPath] = p
			}
		}
		if err != io.EOF {
			return nil, err
		}
	}
	return all, nil
})

// packages returns all packages of the module, and of the adapters' own, and what they need.
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
		if d := all[dep]; !d.Standard && !strings.HasPrefix(d.Module.Path, module) && !slices.Contains(found, d.Module.Path) {
			found = append(found, d.Module.Path)
		}
	}
	return found
}
