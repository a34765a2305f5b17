package browser_test

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ringsession/ringsession/internal/lab/chromium"
)

// hosts are two names for this machine, so that there are two sites.
const hosts = "MAP other.test 127.0.0.1"

// shared is the browser that all tests share, each with cookies of its own.
var shared struct {
	once sync.Once
	ctx  context.Context
	end  func()
	err  error
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	status := m.Run()
	if shared.end != nil {
		shared.end()
	}
	os.Exit(status)
}

// startChromium returns the context of the browser.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	path := chromium.Path(t)
	shared.once.Do(func() {
		shared.ctx, shared.end = chromium.New(path, hosts)
		shared.err = chromedp.Do(shared.ctx)
	})
	if shared.err != nil {
		t.Fatalf("%s did not start: %v", path, shared.err)
	}
	return shared.ctx
}
