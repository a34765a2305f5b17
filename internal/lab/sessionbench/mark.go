package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// What stands between the marks of the page is this program's. What stands around them is written by hand, or by others.
const (
	beginMark = "<!-- sessions:begin -->"
	endMark   = "<!-- sessions:end -->"
)

// writeSection puts the section between the marks of the page, or at its end if there are none. A page that does not exist is
// made.
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
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(changed), 0o644)
}

func withSection(text, section string) (string, error) {
	before, rest, begins := strings.Cut(text, beginMark)
	if !begins && !strings.Contains(text, endMark) {
		before, rest, begins = strings.TrimRight(text, "\n")+"\n\n", endMark+"\n", true
	}
	_, after, ends := strings.Cut(rest, endMark)
	if !begins || !ends {
		return "", errors.New("one of the marks " + beginMark + " and " + endMark + " is missing, or they are the wrong way round")
	}
	return before + beginMark + "\n" + section + endMark + after, nil
}
