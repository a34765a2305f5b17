package e2e_test

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestScreenshots writes the pictures of the documentation to the folder that E2E_SCREENSHOTS names.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("E2E_SCREENSHOTS")
	if folder == "" {
		t.Skip("E2E_SCREENSHOTS names no folder")
	}
	b := newTab(t, serve(t, demo).URL())
	b.size(1120, 800)
	b.prefer("light")
	b.signIn("ada")
	b.fill("A note to keep in it", "buy milk")
	b.press("Keep")
	b.press("Sign in from another device")
	b.press("Let 100 guests sign in")
	b.press("Add a shard")
	b.press("Let 100 guests sign in")
	paused := b.otherShard()
	b.press("Pause shard " + paused)
	b.waitFor(`document.querySelector('.guests .bad')?.innerText > 30`)
	b.sees("breaker open")
	b.shoot(filepath.Join(folder, "demo.png"))
	b.prefer("dark")
	b.shoot(filepath.Join(folder, "demo-dark.png"))
	b.size(360, 740)
	b.prefer("light")
	b.shoot(filepath.Join(folder, "demo-phone.png"))
	b.size(1120, 800)
	b.press("Resume shard " + paused)
	b.pressFor(503, "Pause shard "+b.ownShard())
	b.shoot(filepath.Join(folder, "demo-503.png"))
}

// otherShard returns the first shard that does not keep the visitor's session.
func (b *tab) otherShard() string {
	b.t.Helper()
	return value[string](b, `[...document.querySelectorAll('.shards tbody tr')].find(r => !r.innerText.includes('yours')).dataset.shard`)
}

// ownShard returns the shard that keeps it.
func (b *tab) ownShard() string {
	b.t.Helper()
	return value[string](b, `document.querySelector('.shards em').closest('tr').dataset.shard`)
}

// size makes the window that wide and high.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// prefer sets the preferred color scheme, and that nothing moves.
func (b *tab) prefer(scheme string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// shoot writes a picture of the whole page.
func (b *tab) shoot(file string) {
	b.t.Helper()
	picture, err := png.Decode(bytes.NewReader(run(b, chromedp.FullScreenshot(100))))
	if err != nil {
		b.t.Fatal(err)
	}
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := errors.Join(encoder.Encode(&small, picture), os.WriteFile(file, small.Bytes(), 0o644)); err != nil {
		b.t.Fatal(err)
	}
}
