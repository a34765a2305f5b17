package browser_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
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
	traffic  []response
	asked    map[network.RequestID]string // addresses since the last call of forget
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
	call(b, network.Enable, network.EnableParams{})
	// So that the tab behaves as the one in front, though others are open.
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
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
