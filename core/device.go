package core

import (
	"strings"
	"unicode"
)

// device returns a label for the browser and the system that a User-Agent header
// names, as in "Firefox on Windows". It knows the names that browsers have frozen
// there (Chromium's User-Agent Reduction, Firefox's cap), and returns the first
// product of any other client, as in "curl/8.5.0".
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

// Each row is a part of a User-Agent and what it means. The first that is there
// counts: Edge says that it is Chrome and Safari as well.
var (
	browsers = [...][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"OPT/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
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

// label returns text as a list may show it: valid, on one line, from left to right,
// not too long. It is a copy.
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
