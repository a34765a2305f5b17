package core

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Most values in sessions are strings, integers and booleans. For these, the
// functions below do the same as encoding/json, with fewer allocations. They
// leave everything else to encoding/json.

// quickDecode returns the value if T is one of those types and text is simple
// JSON of it.
func quickDecode[T any](text string) (value T, ok bool) {
	switch p := any(&value).(type) {
	case *string:
		if *p, ok = plainString(text); ok {
			*p = strings.Clone(*p) // text may share memory with a large reply
		}
	case *int:
		*p, ok = plainInteger[int](text, strconv.IntSize)
	case *int64:
		*p, ok = plainInteger[int64](text, 64)
	case *bool:
		*p = text == "true"
		ok = *p || text == "false"
	}
	return value, ok
}

// plainString removes the quotes of a string without escapes.
func plainString(text string) (string, bool) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return "", false
	}
	text = text[1 : len(text)-1]
	ascii := true
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c == '"', c == '\\':
			return "", false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return text, ascii || utf8.ValidString(text)
}

// plainInteger reads an integer that is neither null nor written as 1e3 or 1.0.
func plainInteger[I int | int64](text string, bits int) (I, bool) {
	digits := text
	if digits != "" && digits[0] == '-' {
		digits = digits[1:]
	}
	if digits == "" || digits[0] < '0' || digits[0] > '9' || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, bits)
	return I(n), err == nil
}

// quickEncode returns the value in JSON if that is simple.
func quickEncode(value any) (text string, ok bool) {
	switch v := value.(type) {
	case string:
		for i := range len(v) {
			// encoding/json escapes these and what is not ASCII, or looks at it
			// closely.
			if c := v[i]; c < ' ' || c > '~' || c == '"' || c == '\\' ||
				c == '<' || c == '>' || c == '&' {
				return "", false
			}
		}
		return `"` + v + `"`, true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
