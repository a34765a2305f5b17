package redisstore

import (
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

// Redis keeps a small hash in one piece, as long as no value in it is longer
// than hash-max-listpack-value, 64 bytes by default; otherwise it takes about
// twice the memory. So a value that is a little longer is stored in parts. The
// first is under its name and begins with "*" and how many there are beside it,
// which no JSON does. The others are under "@1" + name to "@7" + name.
//
// Parts of a value that was there before may be left behind. They do not count,
// and the scripts delete them when they count a session's size.
const (
	partLen  = 63 // for up to 63 bytes Redis needs a byte less than for 64
	maxParts = 7  // beside the first
)

// firstPart returns what is stored under the value's own name, and the rest.
func firstPart(name, value string) (first, rest string) {
	marked := strings.HasPrefix(value, "*")
	switch n := (len(value) + 1) / partLen; {
	case len(value) > partLen+1 && n <= maxParts && len("@1")+len(name) <= partLen:
		at := partLen - len("*1")
		return "*" + string(rune('0'+n)) + value[:at], value[at:]
	case marked:
		return "*0" + value, ""
	}
	return value, ""
}

// partsOf returns how many fields the change sets.
func partsOf(d store.Delta) (n int) {
	n = len(d.Set)
	for name, value := range d.Set {
		_, rest := firstPart(name, value)
		n += (len(rest) + partLen - 1) / partLen
	}
	return n
}

// partName returns where the n-th part after the first is.
func partName(n int, name string) string { return "@" + string(rune('0'+n)) + name }

// partOf returns the number of the part and the name of the value, or 0 if the
// field is not a part.
func partOf(field string) (n int, name string) {
	if len(field) < 2 || field[0] != '@' || field[1] < '1' || field[1] > '9' {
		return 0, ""
	}
	return int(field[1] - '0'), field[2:]
}

// join makes values of first parts, where the others are in parts, names and
// values by turns. It reports false if one is missing.
func join(fields map[string]string, parts []string) bool {
	for name, first := range fields {
		if !strings.HasPrefix(first, "*") {
			continue
		}
		if len(first) < len("*0") || first[1] < '0' || first[1] > '0'+maxParts {
			return false
		}
		count := int(first[1] - '0')
		if first = first[len("*0"):]; count > 0 {
			var whole strings.Builder
			whole.Grow(partLen * (count + 1))
			whole.WriteString(first)
			for n := 1; n <= count; n++ {
				at := find(parts, n, name)
				if at < 0 {
					return false
				}
				whole.WriteString(parts[at+1])
			}
			first = whole.String()
		}
		fields[name] = first
	}
	return true
}

// find returns where the n-th part of the value is, or -1.
func find(parts []string, n int, name string) int {
	for i := 0; i < len(parts); i += 2 {
		if m, of := partOf(parts[i]); m == n && of == name {
			return i
		}
	}
	return -1
}
