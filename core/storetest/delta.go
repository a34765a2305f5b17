package storetest

import (
	"fmt"
	"strings"

	"github.com/ringsession/ringsession/core"
)

// withLife gives a delta the lifetimes that all rules use, unless it brings its own.
func withLife(d core.Delta) core.Delta {
	if d.Lifetimes == (core.Lifetimes{}) {
		d.Lifetimes = life
	}
	return d
}

// show describes a delta in a few words, however large it is.
func show(d core.Delta) string {
	var parts []string
	if d.Clear {
		parts = append(parts, "clear")
	}
	if n := len(d.Delete); n > 4 {
		parts = append(parts, fmt.Sprintf("delete %d fields", n))
	} else if n > 0 {
		parts = append(parts, fmt.Sprintf("delete %.20q", d.Delete))
	}
	if n := len(d.Set); n > 4 {
		parts = append(parts, fmt.Sprintf("set %d fields", n))
	} else if n > 0 {
		parts = append(parts, fmt.Sprintf("set %.20q", d.Set))
	}
	if d.Login != "" {
		parts = append(parts, fmt.Sprintf("login %.20q", d.Login))
	}
	if len(parts) == 0 {
		return "no change"
	}
	return strings.Join(parts, ", ")
}
