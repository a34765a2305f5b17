package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if isChild() {
		child()
		return
	}
	os.Exit(m.Run())
}

// A run of a handful of requests for every subject and workload. All values are checked, the times mean nothing.
func TestEverySubjectDoesItsWorkAndIsReported(t *testing.T) {
	o := options{
		rounds: 1, slice: 10 * time.Second, conns: 2, limit: 3, counted: 20, sessions: 3, foreign: 1,
		only: regexp.MustCompile(""), page: filepath.Join(t.TempDir(), "performance.md"),
	}
	l := newLab(t)
	r, err := l.measure(o, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.write(t.Context(), r, o); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(o.page)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, s := range subjects {
		if !strings.Contains(page, s.title()) {
			t.Errorf("the page does not name %q", s.title())
		}
	}
	for _, c := range r.cells {
		_, part, _ := strings.Cut(page, plotName(c))
		part, _, _ = strings.Cut(part, "###")
		for _, name := range append([]string{c.floor}, c.subjects...) {
			if s, _ := find(name); !strings.Contains(part, "\n| "+label(s, c.workload)+" | ") {
				t.Errorf("%s: no row for %q in %s", c, name, part)
			}
		}
	}
	if strings.Contains(page, "not measured") {
		t.Errorf("a bar has no figure:\n%s", page)
	}
	for _, link := range regexp.MustCompile(`\]\((performance/[^)]+)\)`).FindAllStringSubmatch(page, -1) {
		checkXML(t, filepath.Join(filepath.Dir(o.page), link[1]))
	}
	checkCounts(t, r)
}

func checkXML(t *testing.T, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	for in := xml.NewDecoder(f); ; {
		if _, err := in.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s: %v", file, err)
			return
		}
	}
}

// What is counted does not depend on the machine.
func checkCounts(t *testing.T, r *results) {
	t.Helper()
	for _, row := range []struct {
		subject, workload string
		flushes           float64
		commands          string
	}{
		{"net/http", "READ", 1, "HGETALL, PTTL"},
		{"net/http", "WRITE", 2, "EVALSHA, HGETALL, PTTL"},
		{"net/http", "BLIND", 1, "EVALSHA"},
		{"net/http", "LOGIN", 1, "EVALSHA"},
		{"net/http", "FORGED", 0, "none"},
		{"net/http", "UNTOUCHED", 0, "none"},
		{"scs", "WRITE", 2, "GET, SET"},
		{floorName, "READ", 1, "GET"},
		{noneName, "FORGED", 0, "none"},
	} {
		if c := r.costs[row.subject][row.workload]; c.flushes != row.flushes || c.list() != row.commands {
			t.Errorf("%s of %s: %v flushes, %s; want %v, %s", row.workload, row.subject, c.flushes, c.list(), row.flushes, row.commands)
		}
	}
	for subject, bytes := range r.memory {
		if bytes < 300 {
			t.Errorf("%s: a session takes %v bytes of Redis, less than its values", subject, bytes)
		}
	}
}
