package browser_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
	b.press("Show the usual way")
	b.press("Sign out meanwhile")
	b.press("Send both")
	paused := b.otherShard()
	b.press("Pause shard " + paused)
	b.shoot(filepath.Join(folder, "demo.png"))
	b.prefer("dark")
	b.shoot(filepath.Join(folder, "demo-dark.png"))
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

// shoot writes a picture of the whole page, with as few colors as a small file needs.
func (b *tab) shoot(file string) {
	b.t.Helper()
	full, err := png.Decode(bytes.NewReader(run(b, chromedp.FullScreenshot(100))))
	if err != nil {
		b.t.Fatal(err)
	}
	few := image.NewPaletted(full.Bounds(), frequent(full, 256))
	draw.Draw(few, few.Bounds(), full, image.Point{}, draw.Src)
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&small, few); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, small.Bytes(), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// frequent returns the n most frequent colors of the picture, without those that hardly differ from another.
func frequent(picture image.Image, n int) color.Palette {
	counts := make(map[color.RGBA]int)
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			counts[color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)]++
		}
	}
	var palette color.Palette
	for _, c := range slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int { return counts[b] - counts[a] }) {
		if len(palette) == n {
			break
		}
		if len(palette) == 0 || apart(c, palette.Convert(c).(color.RGBA)) > 8 {
			palette = append(palette, c)
		}
	}
	return palette
}

func apart(a, b color.RGBA) int {
	difference := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(difference(a.R, b.R), difference(a.G, b.G), difference(a.B, b.B))
}
