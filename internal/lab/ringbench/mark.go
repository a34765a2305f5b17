package ringbench

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

const (
	beginMark = "<!-- ring:begin -->"
	endMark   = "<!-- ring:end -->"
)

// writeSection puts the section between the marks of the page. Without marks it goes to the end, without a page into a new one.
func writeSection(page, section string) error {
	text, err := os.ReadFile(page)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte("# Performance\n"), nil
	}
	if err != nil {
		return err
	}
	changed, err := withSection(string(text), section)
	if err != nil {
		return err
	}
	return os.WriteFile(page, []byte(changed), 0o644)
}

func withSection(text, section string) (string, error) {
	marked := beginMark + "\n" + section + endMark
	before, rest, begins := strings.Cut(text, beginMark)
	_, after, ends := strings.Cut(rest, endMark)
	switch {
	case begins && ends:
		return before + marked + after, nil
	case begins || strings.Contains(text, endMark):
		return "", errors.New("only one of the marks " + beginMark + " and " + endMark + " is there, or they are the wrong way round")
	}
	return strings.TrimRight(text, "\n") + "\n\n" + marked + "\n", nil
}
