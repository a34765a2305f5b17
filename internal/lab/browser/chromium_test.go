package browser_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// names are those that Chromium goes by.
var names = []string{
	"chromium", "chromium-headless-shell", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
}

// chromium is the browser that all tests share, each with cookies of its own.
var chromium struct {
	once sync.Once
	path string
	ctx  context.Context
	end  []func()
	err  error
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	status := m.Run()
	for _, end := range chromium.end {
		end()
	}
	os.Exit(status)
}

// startChromium returns the context of the browser. Without one the test is skipped, or fails if BROWSER_REQUIRED is set.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	chromium.once.Do(func() {
		if chromium.path = findChromium(); chromium.path == "" {
			return
		}
		ctx, end := newChromium(chromium.path)
		chromium.end = append(chromium.end, end)
		chromium.ctx, chromium.err = ctx, chromedp.Do(ctx)
	})
	switch {
	case chromium.path == "" && os.Getenv("BROWSER_REQUIRED") == "1":
		t.Fatal("there is no Chromium, and BROWSER_REQUIRED is set")
	case chromium.path == "":
		t.Skip("there is no Chromium: install one, or say where it is with the variable CHROMIUM")
	case chromium.err != nil:
		t.Fatalf("%s did not start: %v", chromium.path, chromium.err)
	}
	return chromium.ctx
}

// newChromium starts the program with its first use.
func newChromium(path string, more ...chromedp.ExecAllocatorOption) (ctx context.Context, end func()) {
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.WSURLReadTimeout(time.Minute), // of a machine that is busy
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// Two names for this host, so that there are two sites.
		chromedp.Flag("host-resolver-rules", "MAP other.test 127.0.0.1"),
	)
	if os.Getuid() == 0 {
		flags = append(flags, chromedp.NoSandbox)
	}
	allocator, release := chromedp.NewExecAllocator(context.Background(), append(flags, more...)...)
	ctx, cancel := chromedp.NewContext(allocator)
	return ctx, func() {
		cancel()
		release()
	}
}

func findChromium() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
