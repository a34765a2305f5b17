package browser_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/internal/lab/chromium"
)

// returnsWithin is the promise: the sessions that were ended while a shard was away have ended so soon after its return.
const returnsWithin = 2 * time.Second

// P11: one browser ends the others while the shard of one of them is paused.
func keepsAnOrder(t *testing.T) {
	s := serve(t, demo)
	b, away := newTab(t, s.URL()), newTab(t, s.URL())
	b.signIn("ada")
	shard := b.ownShard()
	for away.signIn("ada"); away.ownShard() == shard; away.signIn("ada") {
		away.press("Sign out")
	}
	shard = away.ownShard()
	run(away, chromedp.Navigate("about:blank")) // so that nothing but the order ends its session
	b.press("Pause shard " + shard)
	b.press("Sign out the others")
	b.sees("Shard " + shard + " does not answer. The order waits, and ends the sessions there when it can.")
	b.sees("An order waits for shard " + shard)
	b.sees("The order to end sessions of ada there waits.")
	if err := s.Embedded.Resume(shard); err != nil {
		t.Fatal(err)
	}
	// Its user may look at any time from now on, and does so when the promised time is over.
	time.Sleep(returnsWithin)
	away.goTo("/")
	away.wantPath("/login")
	b.sees("The order for shard " + shard + " was carried out: it ended 1 session of ada.")
	b.waitFor("!document.body.innerText.includes('An order waits')")
	b.waitFor("document.querySelectorAll('.devices li').length === 1")
	b.load(200, chromedp.Reload())
	b.sees("Hello, ada!")
}

// R43: a browser that is closed and opened again has forgotten who did not tick the box.
func TestABrowserThatIsOpenedAgain(t *testing.T) {
	path := chromium.Path(t)
	for _, p := range frameworks {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, p)
			for ticked, page := range map[bool]string{true: "/", false: "/login"} {
				profile := t.TempDir()
				runChromium(t, path, profile, s.URL(), func(b *tab) {
					b.goTo("/login")
					if ticked {
						run(b, chromedp.Click(chromedp.CSS("label[for=remember]")))
					}
					b.fill("Name", "ada")
					b.fill("Password", site.Password)
					b.press("Sign in")
					b.sees("Hello, ada!")
					if c := b.cookies()[0]; c.Session == ticked {
						t.Errorf("ticked %v: the cookie is one of a browser's session: %v", ticked, c.Session)
					}
				})
				runChromium(t, path, profile, s.URL(), func(b *tab) {
					b.goTo("/")
					b.wantPath(page)
				})
			}
		})
	}
}

// runChromium runs a Chromium with the profile for as long as use does, and closes it as people do.
func runChromium(t *testing.T, path, profile, base string, use func(*tab)) {
	t.Helper()
	ctx, end := chromium.New(path, hosts, chromedp.UserDataDir(profile))
	defer end()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	use(open(t, ctx, base))
	closing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := chromedp.Cancel(closing); err != nil {
		t.Fatalf("Chromium did not close: %v", err)
	}
}
