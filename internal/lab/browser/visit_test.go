package browser_test

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ringsession/ringsession/examples/site"
)

var programs = append(slices.Clone(frameworks), demo)

func TestAVisit(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, p)
			b := newTab(t, s.URL())
			for _, tt := range []struct {
				sentence string
				visit    func(t *testing.T, b *tab, s *site.Site)
			}{
				{"starts with the right password and ends with the logout", signInAndOut},
				{"leaves a cookie that scripts cannot read", cookieAttributes},
				{"survives back and reload, and not its logout", backAndReload},
				{"works without JavaScript", withoutScript},
				{"works with the keyboard alone", keyboard},
			} {
				t.Run(tt.sentence, func(t *testing.T) {
					b.reset(t)
					tt.visit(t, b, s)
				})
			}
		})
	}
}

func signInAndOut(t *testing.T, b *tab, _ *site.Site) {
	b.goTo("/?from=here")
	b.wantPath("/login")
	b.fill("Name", "ada")
	b.fill("Password", "wrong")
	b.pressFor(401, "Sign in")
	b.sees("Not signed in: that is not the password.")
	if got := b.cookies(); len(got) > 0 {
		t.Errorf("after a wrong password the browser has %v", got)
	}
	b.fill("Password", site.Password)
	b.press("Sign in")
	b.wantPath("/?from=here")
	b.sees("Hello, ada!")
	b.press("Sign out")
	b.wantPath("/login")
	if got := b.cookies(); len(got) > 0 {
		t.Errorf("after the logout the browser has %v", got)
	}
}

func backAndReload(_ *testing.T, b *tab, _ *site.Site) {
	b.signIn("ada")
	b.load(200, chromedp.Reload())
	b.wantVisits("2")
	b.goTo("/login")
	b.back()
	b.sees("Hello, ada!")
	b.goTo("/") // chromedp knows no elements of a page that came from the cache
	b.press("Sign out")
	b.waitFor("location.search === ''")
	b.back()
	// The home page again, which now leads to the login.
	b.waitFor("location.search !== ''")
	b.wantPath("/login")
	b.sees("Password")
}

// The demo has a longer page, with other words.
func (b *tab) noteLabel() string  { return b.text("label[for=note]") }
func (b *tab) noteButton() string { return b.text("form[action='/note'] button") }

func withoutScript(_ *testing.T, b *tab, _ *site.Site) {
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.signIn("ada")
	b.fill(b.noteLabel(), "milk")
	b.press(b.noteButton())
	b.sees("kept the note.")
	b.press("Renew the session")
	b.sees("renewed the session")
	b.press("Sign out")
	b.wantPath("/login")
}

func keyboard(t *testing.T, b *tab, _ *site.Site) {
	b.goTo("/login")
	b.waitFor("document.activeElement.id === 'name'")
	run(b, chromedp.Steps(chromedp.KeyEvent("ada"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(site.Password)))
	b.load(200, chromedp.KeyEvent(kb.Enter))
	b.sees("Hello, ada!")
	for presses := 0; value[string](b, "document.activeElement.innerText") != "Sign out"; presses++ {
		if presses == 50 {
			t.Fatal("the key Tab does not lead to the logout")
		}
		run(b, chromedp.KeyEvent(kb.Tab))
		if width := value[string](b, "getComputedStyle(document.activeElement).outlineWidth"); width != "3px" {
			t.Errorf("the focus does not show: %s around %s", width, value[string](b, "document.activeElement.outerHTML"))
		}
	}
	b.load(200, chromedp.KeyEvent(kb.Enter))
	b.wantPath("/login")
}
