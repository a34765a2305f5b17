package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Write replaces the section of the page, which is a file, by what write makes of the former text. The section stands between
// <!-- name:begin --> and <!-- name:end -->; the rest of the page is written by hand, or by others. Without marks the section
// goes to the end, and without a page into a new one.
func Write(page, name string, write func(former string) string) error {
	text, err := os.ReadFile(page)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	changed, err := replace(string(text), name, write)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(changed), 0o644)
}

func replace(text, name string, write func(former string) string) (string, error) {
	begin, end := Begin(name)+"\n", End(name)
	before, rest, begins := strings.Cut(text, begin)
	if !begins && !strings.Contains(text, end) {
		before, rest, begins = strings.TrimLeft(strings.TrimRight(text, "\n")+"\n\n", "\n"), end+"\n", true
	}
	former, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", fmt.Errorf("one of the marks %s and %s is missing, or they are the wrong way round", Begin(name), end)
	}
	return before + begin + write(former) + end + after, nil
}

// Begin is the mark before a section.
func Begin(name string) string { return "<!-- " + name + ":begin -->" }

// End is the mark behind a section.
func End(name string) string { return "<!-- " + name + ":end -->" }
