package browser_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestTheDemo(t *testing.T) {
	for _, tt := range []struct {
		sentence string
		visit    func(t *testing.T)
	}{
		{"counts down", countsDown},
		{"tells what other tabs do", tellsOtherTabs},
		{"keeps an order for a paused shard", keepsAnOrder},
		{"counts alike everywhere, at every moment", numbersAgree},
		{"has buttons that work without JavaScript", buttonsWithoutScript},
		{"leaves the focus where it is", keepsTheFocus},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			t.Parallel()
			tt.visit(t)
		})
	}
}

func countsDown(t *testing.T) {
	b := newTab(t, serve(t, demo).URL())
	b.signIn("ada")
	b.waitFor("document.getElementById('idle').value < 1799")
	b.wantVisits("1")
}

func tellsOtherTabs(t *testing.T) {
	one := newTab(t, serve(t, demo).URL())
	one.signIn("ada")
	other := one.sibling()
	other.goTo("/")
	mark := one.text("#session .mark")
	one.fill("A note to keep in it", "buy milk")
	one.press("Keep")
	other.sees(`"buy milk"`)
	one.press("Renew the session")
	if now := one.text("#session .mark"); now == mark {
		t.Error("the id is the same after a renewal")
	}
	// The other tab's stream finds the old id renewed, ends, and comes again with the new cookie.
	other.sees(one.text("#session .mark"))
	one.press("Sign out")
	other.sees("This session has ended.")
	other.wantVisits("2") // it was not loaded again
}

func buttonsWithoutScript(t *testing.T) {
	b := newTab(t, serve(t, demo).URL())
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.signIn("ada")
	b.press("Sign in from another device")
	b.sees("Safari on iPhone")
	b.press("Let 100 guests sign in")
	b.sees("Of 100 guests")
	b.press("Add a shard")
	b.sees("Sessions moved: 0 of 1")
	shard := b.ownShard()
	b.press("Drain shard " + shard)
	b.press("Refill shard " + shard)
	b.pressFor(503, "Pause shard "+shard)
	b.press("Resume shard " + shard)
	b.sees("Hello, ada!")
}

func keepsTheFocus(t *testing.T) {
	b := newTab(t, serve(t, demo).URL())
	b.signIn("ada")
	button := "Drain shard " + b.ownShard()
	run(b, chromedp.Focus(fmt.Sprintf("//button[normalize-space(.)=%q]", button)))
	other := b.sibling()
	other.goTo("/")
	other.press("Let 100 guests sign in")
	other.press("Pause shard " + b.otherShard())
	b.sees("get 503")
	if got := value[string](b, "document.activeElement.textContent"); got != button {
		t.Errorf("the focus is on %q, want %q", got, button)
	}
}
