package main

import (
	"fmt"
	"os"
	"strings"
)

// The part of the page between the marks is this program's. What stands around it is written by hand, or by others.
const (
	beginMark = "<!-- sessions:begin -->\n"
	endMark   = "<!-- sessions:end -->\n"
)

// replacePart writes the part into the file, in the place of the former one. A file that does not exist is made.
func replacePart(file, part string) error {
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		text, err = []byte("# Performance\n\n"+beginMark+endMark), nil
	}
	if err != nil {
		return err
	}
	changed, err := withPart(string(text), part)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(changed), 0o644)
}

func withPart(text, part string) (string, error) {
	before, rest, ok1 := strings.Cut(text, beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok1 || !ok2 {
		return "", fmt.Errorf("the marks %q and %q are missing", beginMark, endMark)
	}
	return before + beginMark + part + endMark + after, nil
}
