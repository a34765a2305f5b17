package parity_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAdaptersExportTheSameThreeNames(t *testing.T) {
	for _, a := range allAdapters {
		var names []string
		for name := range exported(document(t, a)) {
			names = append(names, name)
		}
		slices.Sort(names)
		if got, want := strings.Join(names, " "), "From LoginRequired Middleware"; got != want {
			t.Errorf("%s exports %q, want %q", a.name(), got, want)
		}
	}
}

func TestAdaptersDescribeTheSameNamesInTheSameSentences(t *testing.T) {
	model := exported(document(t, adapters[0]))
	for _, a := range allAdapters[1:] {
		p := document(t, a)
		for name, text := range exported(p) {
			if got, want := p.Synopsis(text), p.Synopsis(model[name]); got != want || got == "" {
				t.Errorf("%s.%s begins with %q, in %s it is %q", a.name(), name, got, adapters[0].name(), want)
			}
		}
	}
}

func TestAdaptersIntroduceThemselvesInTheSameSentence(t *testing.T) {
	for _, a := range allAdapters {
		p := document(t, a)
		want := fmt.Sprintf("Package %s gives handlers of %s their sessions.", a.name(), a.framework)
		if got := p.Synopsis(p.Doc); got != want {
			t.Errorf("%s introduces itself with %q, want %q", a.name(), got, want)
		}
	}
}

func TestAdaptersShowEachNameInAnExampleWithItsOutput(t *testing.T) {
	for _, a := range allAdapters {
		shown := map[string]bool{}
		for _, example := range examples(t, a) {
			if example.Output != "" {
				shown[example.Name] = true
			}
		}
		for name := range exported(document(t, a)) {
			if !shown[name] {
				t.Errorf("%s has no Example%s with its output", a.name(), name)
			}
		}
	}
}

// examples returns the examples of the adapter's tests.
func examples(t *testing.T, a adapter) []*doc.Example {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root(t), a.folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	set := token.NewFileSet()
	for _, name := range names {
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return doc.Examples(files...)
}

// document reads the adapter as go doc does.
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

// exported returns everything that a user of the package can name, with its documentation.
func exported(p *doc.Package) map[string]string {
	all := map[string]string{}
	functions := func(prefix string, list []*doc.Func) {
		for _, f := range list {
			all[prefix+f.Name] = f.Doc
		}
	}
	values := func(list []*doc.Value) {
		for _, v := range list {
			for _, name := range v.Names {
				all[name] = v.Doc
			}
		}
	}
	functions("", p.Funcs)
	values(p.Consts)
	values(p.Vars)
	for _, typ := range p.Types {
		all[typ.Name] = typ.Doc
		functions("", typ.Funcs)
		functions(typ.Name+".", typ.Methods)
		values(typ.Consts)
		values(typ.Vars)
	}
	return all
}
