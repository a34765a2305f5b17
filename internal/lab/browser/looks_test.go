package browser_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"

	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/internal/redistest"
)

func TestPagesAreForEveryone(t *testing.T) {
	for _, p := range []program{frameworks[0], demo} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, serve(t, p).URL())
			b.goTo("/login")
			b.check("the login page")
			b.fill("Name", "ada")
			b.fill("Password", "wrong")
			b.pressFor(401, "Sign in")
			b.check("the refusal")
			b.signIn("an unusually long name, which has no space where it could break: " + strings.Repeat("a", 30))
			b.check("the home page")
			for name, path := range map[string]string{"the devices": "/devices", "the vault": "/vault", "the confirmation": "/confirm"} {
				b.goTo(path)
				b.check(name)
			}
			b.goTo("/")
			if p.name != demo.name {
				return
			}
			b.press("Sign in from another device")
			b.press("Show the usual way")
			b.press("Sign out meanwhile")
			b.press("Send both")
			for range 5 {
				b.press("Add a shard")
			}
			b.press("Drain shard b")
			b.press("Pause shard " + b.otherShard())
			b.check("the page with everything")
			b.pressFor(503, "Pause shard "+b.ownShard())
			b.check("the page of a paused shard")
		})
	}
}

// With Redis servers of their own, people choose the names of the shards, and cannot pause them from here.
func TestLongNamesOfShardsFit(t *testing.T) {
	var list []string
	long := strings.Repeat("a", 60)
	for _, name := range []string{"sessions." + strings.Repeat("eu-west-1.", 4) + "example", long, "b"} {
		list = append(list, redistest.Start(t).URL()+"?name="+name)
	}
	s := serveWith(t, demo, site.Config{Redis: strings.Join(list, ",")})
	b := newTab(t, s.URL())
	for b.signIn(strings.Repeat("ada", 30)); b.ownShard() != long; b.signIn(strings.Repeat("ada", 30)) {
		b.press("Sign out")
	}
	b.press("Sign in from another device")
	b.press("Show the usual way")
	b.press("Sign out meanwhile")
	b.sees("Signed in again")
	b.press("Send both")
	b.sees("Lost: the ")
	b.press("Drain shard " + b.otherShard())
	b.check("the page with long names")
}

// check looks at the page in both color schemes, at two sizes, and as a screen reader does.
func (b *tab) check(name string) {
	b.t.Helper()
	b.names(name)
	for _, scheme := range []string{"light", "dark"} {
		b.prefer(scheme)
		if dark := value[[]float64](b, luminance)[0] < 0.1; dark != (scheme == "dark") {
			b.t.Errorf("%s is dark: %v, in the %s scheme", name, dark, scheme)
		}
		for _, poor := range value[[]string](b, contrasts) {
			b.t.Errorf("%s, %s: poor contrast: %s", name, scheme, poor)
		}
	}
	for _, width := range []int64{360, 390, 800, 1280} {
		b.size(width, 740)
		if got := value[int64](b, "document.documentElement.scrollWidth"); got > width {
			b.t.Errorf("%s is %d wide in a window of %d: %v", name, got, width, value[[]string](b, wide))
		}
		for _, e := range value[[]string](b, bursting) {
			b.t.Errorf("%s, %d wide: this is wider than its place: %s", name, width, e)
		}
	}
}

// names looks at the accessibility tree: what can be used or looked at has a name, and there are one heading and one main
// part.
func (b *tab) names(name string) {
	b.t.Helper()
	counts := make(map[string]int)
	for _, node := range call(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if node.Ignored || node.Role == nil {
			continue
		}
		role, called := text(node.Role), text(node.Name)
		for _, property := range node.Properties {
			if role == "heading" && property.Name == accessibility.PropertyNameLevel {
				role += " " + text(property.Value)
			}
		}
		counts[role]++
		needed := []string{"button", "switch", "textbox", "checkbox", "link", "image", "img", "progressbar", "ProgressIndicator", "region", "heading 1", "heading 2"}
		if called == "" && slices.Contains(needed, role) {
			b.t.Errorf("%s: there is a %s without a name", name, role)
		}
	}
	if counts["main"] != 1 || counts["heading 1"] != 1 {
		b.t.Errorf("%s has %d main parts and %d main headings, want one of each", name, counts["main"], counts["heading 1"])
	}
	for kind, selector := range map[string]string{
		"button": "button:not([role])", "switch": "[role=switch]", "checkbox": "[type=checkbox]", "textbox": "input:not([type=hidden], [type=checkbox])",
	} {
		if all := value[int](b, fmt.Sprintf("document.querySelectorAll('%s').length", selector)); all != counts[kind] {
			b.t.Errorf("%s has %d of %s, of which screen readers see %d", name, all, kind, counts[kind])
		}
	}
	if lang := value[string](b, "document.documentElement.lang"); lang != "en" {
		b.t.Errorf("%s is in the language %q", name, lang)
	}
}

func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

// colors are functions for the two expressions below.
const colors = `
const rgb = (color) => color.match(/[\d.]+/g).map(Number);
const light = (color) => {
  const [r, g, b] = rgb(color).map((c) => c / 255).map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const color = getComputedStyle(e).backgroundColor;
    if (rgb(color)[3] !== 0) return color;
  }
  return 'rgb(255, 255, 255)';
};`

const luminance = `(() => {` + colors + `return [light(behind(document.body))]; })()`

// contrasts lists the elements with text of their own whose contrast is below 4.5.
const contrasts = `(() => {` + colors + `
return [...document.body.querySelectorAll('*:not(svg *):not(:disabled)')].filter((e) => e.checkVisibility() &&
  [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim())).flatMap((e) => {
  const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  return ratio < 4.5 ? [ratio.toFixed(2) + ' ' + e.outerHTML.slice(0, 80)] : [];
}); })()`

// wide lists what sticks out.
const wide = `[...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth)
  .map((e) => e.outerHTML.slice(0, 80))`

// bursting lists what is wider than the place that it has, though the window may have room.
const bursting = `[...document.querySelectorAll('section, section :is(div, p, li, th, td, dd, h2, h3, h4, button)')].filter((e) =>
  !e.matches('.hidden') && e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').concat(
  [...document.querySelectorAll('.labels text')].filter((e) => e.getComputedTextLength() > 80)).map((e) => e.outerHTML.slice(0, 120))`
