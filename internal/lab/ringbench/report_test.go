package ringbench

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// TestReport measures in full and writes the page that RINGREPORT names, or in short and writes one that is thrown away.
func TestReport(t *testing.T) {
	file, p := os.Getenv("RINGREPORT"), full
	if file == "" {
		file, p = filepath.Join(t.TempDir(), "performance.md"), short
	}
	if err := measure(p, t.Logf).write(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), report.Begin("ring"))
	section, _, ends := strings.Cut(section, report.End("ring"))
	if !ends {
		t.Fatal("the section must be between its marks")
	}
	const tables = 14
	for _, r := range rivals {
		if got := strings.Count(section, "\n| "+page{}.title(r.name)+" |"); got != tables {
			t.Errorf("%s must be in all %d tables: it is in %d", r.name, tables, got)
		}
	}
	for _, wrong := range []string{"NaN", "Inf", "%!", " | |\n| 0.00"} {
		if strings.Contains(section, wrong) {
			t.Errorf("the section must have figures only: it has %q", wrong)
		}
	}
	const name = "performance/ring-lookup.svg"
	if !strings.Contains(section, "("+name+")") {
		t.Errorf("the section must show %s", name)
	}
	checkDrawing(t, filepath.Join(filepath.Dir(file), name))
}

// checkDrawing fails unless the file is XML, on white, and names the ring and its rivals.
func checkDrawing(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for in := xml.NewDecoder(strings.NewReader(string(text))); ; {
		if _, err := in.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%s must be well-formed: %v", file, err)
		}
	}
	for _, want := range append(namesOf(rivals), `fill="#ffffff"`) {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s must have %q", file, want)
		}
	}
	if strings.Contains(string(text), "NaN") || strings.Contains(string(text), "Inf") {
		t.Errorf("%s has something at no place", file)
	}
}

func namesOf(rivals []rival) (all []string) {
	for _, r := range rivals {
		all = append(all, r.name)
	}
	return all
}

func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		b    bar
		want string
	}{
		{bar{most: 2, measured: report.Spread{Median: 1, Least: 1, Most: 2, N: 9}}, "met"},
		{bar{most: 2, measured: report.Spread{Median: 1, Least: 1, Most: 3, N: 9}}, "met (not in all 9 rounds alike)"},
		{bar{most: 2, measured: report.Spread{Median: 3, Least: 3, Most: 3, N: 9}}, "**not met**"},
		{bar{most: 2, aim: 1, measured: report.Spread{Median: 0.9, Least: 0.8, Most: 1, N: 9}}, "met, and the aim reached"},
		{bar{most: 2, aim: 1, measured: report.Spread{Median: 1.1, Least: 0.9, Most: 1.2, N: 9}}, "met, the aim not reached (not in all 9 rounds alike)"},
	} {
		if got := test.b.Verdict(); got != test.want {
			t.Errorf("%+v: got %q, want %q", test.b, got, test.want)
		}
	}
}
