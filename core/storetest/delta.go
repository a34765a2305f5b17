package storetest

import (
	"fmt"
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

// withLife gives a delta the lifetimes that all rules use, unless it brings its
// own.
func withLife(d store.Delta) store.Delta {
	if d.Lifetimes == (store.Lifetimes{}) {
		d.Lifetimes = life
	}
	return d
}

// set is a delta that writes one field.
func set(name, value string) store.Delta { return store.Delta{Set: fields{name: value}} }

// show describes a delta in a few words, however large it is.
func show(d store.Delta) string {
	var parts []string
	if d.Nonce != "" {
		parts = append(parts, fmt.Sprintf("nonce %q", d.Nonce))
	}
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
	if d.Once != nil {
		parts = append(parts, showOnce(d.Once))
	}
	if d.Login.User != "" {
		parts = append(parts, fmt.Sprintf("login %.20q", d.Login))
	}
	if d.Unlock {
		parts = append(parts, "unlock")
	}
	if d.Bytes > 0 {
		parts = append(parts, fmt.Sprintf("limit %d bytes", d.Bytes))
	}
	if d.Fields > 0 {
		parts = append(parts, fmt.Sprintf("limit %d fields", d.Fields))
	}
	if d.Guest != (store.Limits{}) {
		parts = append(parts, fmt.Sprintf("limits of guests %+v", d.Guest))
	}
	if d.Lifetimes != (store.Lifetimes{}) && d.Lifetimes != life {
		parts = append(parts, fmt.Sprintf("lifetimes %v and %v", d.Idle, d.Absolute))
	}
	if d.Locks {
		parts = append(parts, "locks")
	}
	if len(parts) == 0 {
		return "no change"
	}
	return strings.Join(parts, ", ")
}

func showOnce(o *store.Once) string {
	if len(o.Add)+len(o.Take) > 8 {
		return fmt.Sprintf("once, %v after the first: add to %d, take %d", o.After, len(o.Add), len(o.Take))
	}
	return fmt.Sprintf("once, %v after the first: add %.200s, take %.40q",
		o.After, fmt.Sprint(o.Add), o.Take)
}
