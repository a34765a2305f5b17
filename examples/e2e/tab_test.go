package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is for a machine that is busy.
const patience = 20 * time.Second

// A tab is a page in the browser, as its user sees it. It fails the test if the browser reports an error, a violation of the
// page's policy, or another issue, unless the test expects it.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu       sync.Mutex
	reports  []string
	expected []string
}

// newTab opens a tab with cookies of its own.
func newTab(t *testing.T, base string) *tab {
	t.Helper()
	return open(t, startChromium(t), base, chromedp.WithNewBrowserContext())
}

// sibling opens a tab that shares the cookies.
func (b *tab) sibling() *tab {
	b.t.Helper()
	return open(b.t, b.ctx, b.base, chromedp.WithExistingBrowserContext(chromedp.FromContext(b.ctx).BrowserContextID))
}

func open(t *testing.T, parent context.Context, base string, opts ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(parent, opts...)
	t.Cleanup(end)
	b := &tab{t: t, ctx: ctx, base: base}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	call(b, log.Enable, cdp.Empty{})
	call(b, audits.Enable, cdp.Empty{})
	t.Cleanup(func() { b.complain(t) })
	return b
}

// reset makes the tab as new, and lets t answer for it.
func (b *tab) reset(t *testing.T) {
	t.Helper()
	b.t = t
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
	call(b, network.ClearBrowserCookies, cdp.Empty{})
	run(b, chromedp.Navigate("about:blank"))
	b.complain(t) // about what came late
	t.Cleanup(func() { b.complain(t) })
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	report := func(format string, values ...any) { b.reports = append(b.reports, fmt.Sprintf(format, values...)) }
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			report("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		report("console: %s %v", e.Type, e.Args)
	case *runtime.EventExceptionThrown:
		report("exception: %v", e.ExceptionDetails)
	case *audits.EventIssueAdded:
		report("issue: %s", e.Issue.Code)
	}
}

// expect accepts reports that have the text.
func (b *tab) expect(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, text)
}

// complain fails t for what the browser reported.
func (b *tab) complain(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
reports:
	for _, report := range b.reports {
		for _, text := range b.expected {
			if strings.Contains(report, text) {
				continue reports
			}
		}
		t.Errorf("the browser reported %s", report)
	}
	b.reports, b.expected = nil, nil
}

// call sends a command of the DevTools protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// run runs an action and returns its value.
func run[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("%v; the page is\n%s", err, b.page())
	}
	return result
}

// value returns what the expression gives.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	return run(b, chromedp.Evaluate[T](expression))
}

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

// fill types the text into the field with the label.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	field := fmt.Sprintf(`//input[@id=//label[normalize-space(.)=%q]/@for]`, label)
	run(b, chromedp.Steps(chromedp.Clear(field), chromedp.SendKeys(field, text)))
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

// page returns what there is to see.
func (b *tab) page() string {
	ctx, cancel := context.WithTimeout(b.ctx, time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// cookies returns what the browser stored for the site.
func (b *tab) cookies() []*network.Cookie {
	b.t.Helper()
	return call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{b.base}}).Cookies
}
