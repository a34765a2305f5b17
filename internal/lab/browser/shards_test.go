package browser_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
)

func pausesAShard(t *testing.T) {
	s := serve(t, demo)
	b := newTab(t, s.URL())
	b.signIn("ada")
	b.press("Let 100 guests sign in")
	shard, visits := b.ownShard(), b.text("dd")
	elsewhere := newTab(t, s.URL())
	for elsewhere.signIn("bob"); elsewhere.ownShard() == shard; elsewhere.signIn("bob") {
		elsewhere.press("Sign out")
	}
	b.pressFor(503, "Pause shard "+shard)
	b.sees("Your shard does not answer")
	// Without a reload, the guests of the shard are told, and nobody is signed out.
	b.waitFor("document.querySelector('.guests .bad')?.innerText === document.querySelector('[data-shard=" + shard + "]').dataset.guests")
	if lost := b.text(".guests strong:last-of-type"); lost != "0" {
		t.Errorf("%s guests were signed out", lost)
	}
	elsewhere.load(200, chromedp.Reload())
	elsewhere.sees("Hello, bob!")
	b.press("Resume shard " + shard)
	b.sees("Hello, ada!")
	before, _ := strconv.Atoi(visits)
	b.wantVisits(strconv.Itoa(before + 1))
	b.waitFor("!document.querySelector('.guests .bad')")
}

func addsAndDrains(t *testing.T) {
	b := newTab(t, serve(t, demo).URL())
	b.signIn("ada")
	b.press("Let 100 guests sign in")
	b.press("Add a shard")
	b.sees("Sessions moved: 0 of 1") // a hundred and one
	share := value[float64](b, "parseFloat(document.querySelectorAll('[data-shard=d] .number')[0].innerText)")
	if share < 24 || share > 26 {
		t.Errorf("the fourth shard takes %.1f %% of the new sessions", share)
	}
	if arcs := value[[]string](b, "[...document.querySelectorAll('.arc')].map(a => a.getAttribute('stroke-dasharray'))"); len(arcs) != 8 || arcs[7] != "0.00 100.00" {
		t.Errorf("the picture has %q; the new shard has no sessions yet", arcs)
	}
	b.press("Drain shard d")
	b.press("Let 100 guests sign in")
	if has := b.text("[data-shard=d] td:nth-child(3)"); has != "0" {
		t.Errorf("the drained shard has %s sessions", has)
	}
	b.sees("drained")
	b.press("Refill shard d")
	b.press("Let 100 guests sign in")
	if has := b.text("[data-shard=d] td:nth-child(3)"); has == "0" {
		t.Error("the shard takes no new sessions after its drain")
	}
}
