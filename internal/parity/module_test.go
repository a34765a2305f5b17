package parity_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A program that imports one adapter, seen from outside: go mod tidy writes down what its module needs.
func TestAModuleWithOneAdapterNamesNoOtherFramework(t *testing.T) {
	for _, a := range allAdapters {
		t.Run(a.name(), func(t *testing.T) {
			dir := scratch(t, nil, a.imports, module+"/core", module+"/core/redisstore", module+"/"+a.folder)
			run(t, dir, "mod", "tidy")
			run(t, dir, "build", "./...")
			for _, name := range []string{"go.mod", "go.sum"} {
				text, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				for _, other := range allAdapters {
					for _, m := range other.frameworkModules() {
						if got, want := strings.Contains(string(text), m+" "), slices.Contains(a.frameworkModules(), m); got != want {
							t.Errorf("%s names %s: %v, want %v", name, m, got, want)
						}
					}
				}
			}
		})
	}
}

// An application of last year keeps its versions: go.mod's are floors for everybody, also for a framework whose adapter is
// not imported.
func TestTheLibraryLeavesAnApplicationsVersions(t *testing.T) {
	const echo, net = "github.com/labstack/echo/v4", "golang.org/x/net"
	pinned := map[string]string{echo: "v4.12.0", net: "v0.30.0"}
	dir := scratch(t, pinned, echo, net+"/html", module+"/core/memstore", module+"/nethttpsession")
	run(t, dir, "mod", "tidy")
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for name, version := range pinned {
		if want := name + " " + version; !strings.Contains(string(text), want+"\n") {
			t.Errorf("go.mod lacks %q after go mod tidy:\n%s", want, text)
		}
	}
}

// scratch makes a module that requires these versions and imports these packages. It has these modules' checksums, so that
// nobody need be asked for them.
func scratch(t *testing.T, versions map[string]string, imports ...string) string {
	t.Helper()
	dir := t.TempDir()
	var program, mod, sums strings.Builder
	program.WriteString("package scratch\n\n")
	mod.WriteString("module scratch\n\ngo 1.26.0\n")
	for _, imported := range append(imports, module) {
		if imported != module {
			fmt.Fprintf(&program, "import _ %q\n", imported)
		}
		library := filepath.Join(root(t), strings.TrimPrefix(imported, module))
		if text, err := os.ReadFile(filepath.Join(library, "go.sum")); err == nil { // It is a module of ours.
			fmt.Fprintf(&mod, "\nrequire %s v0.0.0\n\nreplace %[1]s => %q\n", imported, library)
			sums.Write(text)
		}
	}
	for name, version := range versions {
		fmt.Fprintf(&mod, "\nrequire %s %s\n", name, version)
	}
	for name, text := range map[string]string{
		"go.mod": mod.String(),
		"go.sum": sums.String(),
		"a.go":   program.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs the go command in a module of its own, at first with what is in the module cache. A module that is not there may
// be fetched: of what tidy looks at, a build for this system needs only a part. Where that is refused, the test is skipped.
func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	out, err := goCommand(dir, "GOPROXY=off", args...)
	if err != nil && strings.Contains(out, "GOPROXY=off") {
		t.Logf("the module cache lacks something, so ask the proxy:\n%s", out)
		if out, err = goCommand(dir, "", args...); err != nil && refused(out) {
			t.Skipf("go %s needs modules that are not in the cache, and the network is refused:\n%s", strings.Join(args, " "), out)
		}
	}
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func goCommand(dir, setting string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir, "GOFLAGS=-mod=mod", "GOWORK=off")
	if setting != "" {
		cmd.Env = append(cmd.Env, setting)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// refused reports whether the go command says that it could not reach a proxy.
func refused(out string) bool {
	for _, sign := range []string{"GOPROXY=off", "dial tcp", "connection refused", "no such host", "i/o timeout", "proxyconnect"} {
		if strings.Contains(out, sign) {
			return true
		}
	}
	return false
}
