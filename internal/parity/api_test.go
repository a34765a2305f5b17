package parity_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Adapters export the same three functions, describe them and themselves in the same sentences, and show each in an example
// with its output.
func TestAdaptersLookAlike(t *testing.T) {
	model := map[string]string{}
	for _, a := range allAdapters {
		p := document(t, a)
		want := fmt.Sprintf("Package %s gives handlers of %s their sessions.", a.name(), a.framework)
		if got := p.Synopsis(p.Doc); got != want {
			t.Errorf("%s introduces itself with %q, want %q", a.name(), got, want)
		}
		var names []string
		for _, f := range p.Funcs {
			names = append(names, f.Name)
			begins := p.Synopsis(f.Doc)
			if a == adapters[0] {
				model[f.Name] = begins
			}
			if begins != model[f.Name] || begins == "" {
				t.Errorf("%s.%s begins with %q, in %s it is %q", a.name(), f.Name, begins, adapters[0].name(), model[f.Name])
			}
			if len(f.Examples) == 0 || f.Examples[0].Output == "" {
				t.Errorf("%s has no Example%s with its output", a.name(), f.Name)
			}
		}
		if got := strings.Join(names, " "); got != "From LoginRequired Middleware" || len(p.Types)+len(p.Consts)+len(p.Vars) > 0 {
			t.Errorf("%s exports the functions %s, and %d types, %d constants, %d variables; want From LoginRequired Middleware alone",
				a.name(), got, len(p.Types), len(p.Consts), len(p.Vars))
		}
	}
}

// document reads the adapter as go doc does, with the examples of its tests.
func document(t *testing.T, a adapter) *doc.Package {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root(t), a.folder, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", a.name(), len(names), err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	p, err := doc.NewFromFiles(set, files, module+"/"+a.folder)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
