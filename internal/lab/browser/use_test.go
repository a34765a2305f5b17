package browser_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// load runs an action that leads to another page, and waits for that.
func (b *tab) load(status int64, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if status >= 400 {
		b.expect(fmt.Sprintf("network: Failed to load resource: the server responded with a status of %d", status))
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, action)
	if err != nil {
		b.t.Fatalf("%v; the page is\n%s", err, b.page())
	}
	if response.Status != status {
		b.t.Fatalf("got status %d, want %d; the page is\n%s", response.Status, status, b.page())
	}
}

// goTo opens the path.
func (b *tab) goTo(path string) {
	b.t.Helper()
	b.load(200, chromedp.Navigate(b.base+path))
}

// press presses the button with the name, which leads to another page.
func (b *tab) press(name string) {
	b.t.Helper()
	b.pressFor(200, name)
}

func (b *tab) pressFor(status int64, name string) {
	b.t.Helper()
	b.load(status, chromedp.Click(fmt.Sprintf(`//button[normalize-space(.)=%q]`, name)))
}

// fill types the text into the field with the label, and again if the field has something else: while a page loads, its
// autofocus may take some of the keys.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	field := fmt.Sprintf(`//input[@id=//label[normalize-space(.)=%q]/@for]`, label)
	for deadline := time.Now().Add(patience); ; {
		run(b, chromedp.Steps(chromedp.Clear(field), chromedp.SendKeys(field, text)))
		got := run(b, chromedp.Value(field))
		if got == text {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the field %q has %q in place of %q", label, got, text)
		}
	}
}

func (b *tab) signIn(name string) {
	b.t.Helper()
	b.goTo("/login")
	b.fill("Name", name)
	b.fill("Password", "secret")
	b.press("Sign in")
	b.sees("Hello, " + name + "!")
}

// sees waits until the page has the text.
func (b *tab) sees(text string) {
	b.t.Helper()
	b.waitFor(fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

// waitFor waits until the expression is true, on this page or the next.
func (b *tab) waitFor(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if ok && err == nil {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("waited in vain for %s (%v); the page is\n%s", expression, err, b.page())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// back goes back in the history. The page may come from the cache, without a request.
func (b *tab) back() {
	b.t.Helper()
	run(b, chromedp.Evaluate[chromedp.Void]("history.back()"))
}

// text returns what the first element that fits the selector shows.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return strings.TrimSpace(run(b, chromedp.Text(chromedp.CSS(selector))))
}

func (b *tab) wantPath(want string) {
	b.t.Helper()
	if got := value[string](b, "location.pathname + location.search"); got != want && !strings.HasPrefix(got, want+"?next=") {
		b.t.Fatalf("the page is %s, want %s", got, want)
	}
}

func (b *tab) wantVisits(want string) {
	b.t.Helper()
	if got := b.text("dd"); got != want {
		b.t.Errorf("the page says %q visits, want %s", got, want)
	}
}
