// Package chromium finds and starts the browser of tests.
package chromium

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Path returns the program. Without one the test is skipped, or fails if BROWSER_REQUIRED is 1.
func Path(t testing.TB) string {
	t.Helper()
	for _, name := range []string{
		os.Getenv("CHROMIUM"),
		"chromium", "chromium-headless-shell", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
		"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("BROWSER_REQUIRED") == "1" {
		t.Fatal("there is no Chromium, and BROWSER_REQUIRED is set")
	}
	t.Skip("there is no Chromium: install one, or say where it is with the variable CHROMIUM")
	return ""
}

// New starts the program with its first use. hosts are names for this machine, as in "MAP other.test 127.0.0.1".
func New(path, hosts string, more ...chromedp.ExecAllocatorOption) (ctx context.Context, end func()) {
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.WSURLReadTimeout(time.Minute), // of a machine that is busy
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", hosts),
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
