package core

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The labels of real User-Agent headers.
func TestTheLabelOfADevice(t *testing.T) {
	const (
		mozilla = "Mozilla/5.0 "
		webkit  = " AppleWebKit/537.36 (KHTML, like Gecko) "
		apple   = " AppleWebKit/605.1.15 (KHTML, like Gecko) "
		windows = mozilla + "(Windows NT 10.0; Win64; x64)"
		mac     = mozilla + "(Macintosh; Intel Mac OS X 10_15_7)"
		linux   = mozilla + "(X11; Linux x86_64)"
		android = mozilla + "(Linux; Android 10; K)"
		iphone  = mozilla + "(iPhone; CPU iPhone OS 18_5 like Mac OS X)"
		ipad    = mozilla + "(iPad; CPU OS 16_7 like Mac OS X)"
	)
	for _, test := range []struct{ agent, want string }{
		{windows + webkit + "Chrome/138.0.0.0 Safari/537.36", "Chrome on Windows"},
		{windows + webkit + "Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0", "Edge on Windows"},
		{windows + webkit + "Chrome/138.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera on Windows"},
		{mozilla + "(Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"},
		{mozilla + "(Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Browser on Windows"},
		{mac + webkit + "Chrome/138.0.0.0 Safari/537.36", "Chrome on Mac"},
		{mac + apple + "Version/18.5 Safari/605.1.15", "Safari on Mac"},
		{mozilla + "(Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Mac"},
		{linux + webkit + "Chrome/138.0.0.0 Safari/537.36", "Chrome on Linux"},
		{linux + webkit + "HeadlessChrome/138.0.0.0 Safari/537.36", "Chrome on Linux"},
		{mozilla + "(X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"},
		{mozilla + "(X11; CrOS x86_64 14541.0.0)" + webkit + "Chrome/138.0.0.0 Safari/537.36", "Chrome on ChromeOS"},
		{android + webkit + "Chrome/138.0.0.0 Mobile Safari/537.36", "Chrome on Android"},
		{android + webkit + "Chrome/138.0.0.0 Mobile Safari/537.36 EdgA/138.0.0.0", "Edge on Android"},
		{android + webkit + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"},
		{mozilla + "(Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"},
		{iphone + apple + "Version/18.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"},
		{iphone + apple + "CriOS/138.0.7204.53 Mobile/15E148 Safari/604.1", "Chrome on iPhone"},
		{iphone + apple + "FxiOS/140.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"},
		{iphone + apple + "EdgiOS/138.0.3351.55 Version/18.0 Mobile/15E148 Safari/604.1", "Edge on iPhone"},
		{iphone + apple + "Version/18.5 Mobile/15E148 Safari/604.1 OPT/5.5.1", "Opera on iPhone"},
		{ipad + apple + "Version/16.6 Mobile/15E148 Safari/604.1", "Safari on iPad"},
		{mozilla + "(compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Browser"},

		{"curl/8.5.0", "curl/8.5.0"},
		{"Go-http-client/2.0", "Go-http-client/2.0"},
		{"okhttp/4.12.0", "okhttp/4.12.0"},
		{"Shop/3.1 (Linux; Android 15) okhttp/4.12.0", "Shop/3.1"},
		{"Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP2A)", "Dalvik/2.1.0"},
		{"EdgarBot/1.0 (+https://edgar.example)", "EdgarBot/1.0"},
		{"", ""},
		{" ", ""},
		{"\x00\x1b[31mred\n", "[31mred"},
		{"<script>alert(1)</script>", "<script>alert(1)</script>"}, // for templates to escape
		{"\xff\xfe", "\uFFFD"},
		{strings.Repeat("é", 1000), strings.Repeat("é", 64)},
		{strings.Repeat("é", 64)[1:], "\uFFFD" + strings.Repeat("é", 62)},
	} {
		if got := device(test.agent); got != test.want {
			t.Errorf("%.200q is %q, want %q", test.agent, got, test.want)
		}
	}
}

func TestALabelIsOneLine(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"Ada's phone", "Ada's phone"},
		{"  two\r\nlines\t", "two  lines"},
		{"a\u2028b\u2029c", "a b c"},
		{"a\u202etxt.exe", "a txt.exe"}, // which would be shown from right to left
		{"👩\u200d💻", "👩\u200d💻"},
		{"\x00", ""},
		{strings.Repeat("x", 127) + "é", strings.Repeat("x", 127)},
	} {
		if got := label(test.text); got != test.want {
			t.Errorf("the label of %q is %q, want %q", test.text, got, test.want)
		}
	}
}

// What a login says about itself comes back from the store as it was.
func FuzzAbout(f *testing.F) {
	f.Add(1, false, false, false, "")
	f.Add(9, true, true, true, "Firefox on Windows")
	f.Add(2, false, true, false, " r u 9 ")
	f.Add(3, true, false, true, "\xff\x00\n é")
	f.Fuzz(func(t *testing.T, level int, remember, until, again bool, text string) {
		a := about{
			level: 1 + (level%maxLevel+maxLevel)%maxLevel, remember: remember, until: until, again: again,
			device: label(text),
		}
		if len(a.device) > maxDevice || !utf8.ValidString(a.device) || label(a.device) != a.device {
			t.Errorf("the label of %q is %q", text, a.device)
		}
		if got := parseAbout(a.text()); got != a {
			t.Errorf("%+v is stored as %q and read as %+v", a, a.text(), got)
		}
		// What others have stored there is read as some login, of the lowest level.
		if got := parseAbout(text); got.level < 1 || got.level > maxLevel {
			t.Errorf("%q is read as %+v", text, got)
		}
	})
}
