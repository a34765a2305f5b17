package core

import (
	"strings"
	"unicode"
)

// maxDevice is the length of a label, in bytes.
const maxDevice = 128

// device returns a label for the browser and the system that a User-Agent
// header names, as in "Firefox on Windows". It knows the names that browsers
// have promised to keep there (Chromium's User-Agent Reduction, Firefox's cap).
// For any other client it returns the first product, as in "curl/8.5.0".
func device(userAgent string) string {
	product, rest, _ := strings.Cut(userAgent, " ")
	if !strings.HasPrefix(product, "Mozilla/") {
		return label(product)
	}
	name, system := firstOf(rest, browsers[:]), firstOf(rest, systems[:])
	if name == "" {
		name = "Browser"
	}
	if system != "" {
		name += " on " + system
	}
	return name
}

// Each row has a part of a User-Agent and its meaning. The first row that
// matches counts. The order matters: Edge also has the names of Chrome and
// Safari.
var (
	browsers = [...][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"OPT/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"Chrome/", "Chrome"}, {"CriOS/", "Chrome"},
		{"Safari/", "Safari"},
	}
	systems = [...][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"CrOS", "ChromeOS"}, {"Macintosh", "Mac"}, {"Linux", "Linux"},
	}
)

func firstOf(text string, rows [][2]string) string {
	for _, row := range rows {
		if strings.Contains(text, row[0]) {
			return row[1]
		}
	}
	return ""
}

// label returns text in a form that a list can show: valid UTF-8, on one line,
// from left to right, at most 128 bytes. It is a copy.
func label(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) > maxDevice {
		text = strings.ToValidUTF8(text[:maxDevice], "") // without half a character
	}
	return strings.Clone(strings.TrimSpace(text))
}
