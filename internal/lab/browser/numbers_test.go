package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ringsession/ringsession/examples/site"
)

// wrong is a function that lists the numbers of a page that contradict each
// other.
const wrong = `(document) => {
const bad = [];
const equal = (what, a, b) => { if (a !== b) bad.push(what + ': ' + a + ' and ' + b); };
const all = (selector) => [...document.querySelectorAll(selector)];
const sum = (list) => list.reduce((a, b) => a + b, 0);
const numbers = (text) => (text.match(/\d+/g) || []).map(Number);
const tenths = (text) => Math.round(10 * parseFloat(text));
const rows = all('.shards tbody tr').map((r) => {
  const [[takes, back], [has, guests]] = [...r.querySelectorAll('.number')].map((e) =>
    [e.firstChild.data, e.querySelector('small')?.textContent]);
  const state = r.querySelector('th small').textContent;
  return {
    name: r.dataset.shard,
    takes: tenths(takes), back: !!back, has: Number(has), guests: parseInt(guests || '0'),
    out: /paused|drained|breaker/.test(state), down: /paused|breaker/.test(state),
  };
});
const total = numbers(document.querySelector('.total').textContent)[0];
equal('sessions in the middle, and in the table', total, sum(rows.map((r) => r.has)));
equal('shares', sum(rows.map((r) => r.takes)), rows.every((r) => r.out) ? 0 : 1000);
for (const r of rows) {
  equal(r.name + ' takes none, and says when back', r.takes === 0, r.back);
  equal(r.name + ' is out, and takes none', r.out, r.takes === 0);
  if (r.guests > r.has) bad.push(r.name + ' has ' + r.guests + ' guests among ' + r.has);
}
const down = sum(rows.filter((r) => r.down).map((r) => r.guests));
const guests = document.querySelector('.guests');
const line = [numbers(guests.textContent)[0]];
for (const e of guests.querySelectorAll('strong')) line.push(Number(e.textContent));
equal('guests in the line, and in the table', line[0], sum(rows.map((r) => r.guests)));
equal('guests in the line, and their parts', line[0], sum(line.slice(1)));
if (line[2] > down) bad.push(line[2] + ' get 503, and ' + down + ' are on shards that are down');
if (line[3] !== 0) bad.push(line[3] + ' were signed out');
for (const e of all('[data-parts]')) {
  const parts = numbers(e.dataset.parts);
  equal('guests of a side, and their parts', Number(e.dataset.guests), sum(parts));
  equal('guests of a side, and in the line', Number(e.dataset.guests), line[0]);
  equal('signed out in large, and in small', numbers(e.previousElementSibling.textContent)[0], parts[2]);
}
const ours = document.querySelector('.ours [data-parts]');
const below = [...line.slice(1), 0].slice(0, 4).join();
if (ours) equal('the parts above, and in the line', numbers(ours.dataset.parts).join(), below);
return {bad, settled: line.length < 5, unavailable: line[2], down};
}`

// A count is what the page counts.
type count struct {
	Bad               []string
	Settled           bool // nobody is asking
	Unavailable, Down int  // guests who get 503, and those on shards that are down
}

// adds checks that the page is readable, that its numbers add up, and that
// everybody has been asked since the last button.
func (b *tab) adds(step string) {
	b.t.Helper()
	b.check(step)
	b.waitFor("(" + wrong + ")(document).settled")
	got := value[count](b, "("+wrong+")(document)")
	for _, bad := range got.Bad {
		b.t.Errorf("%s: %s", step, bad)
	}
	if got.Settled && got.Unavailable != got.Down {
		b.t.Errorf("%s: %d guests get 503, want the %d of the shards that are down", step, got.Unavailable, got.Down)
	}
}

// watch lets the page check what the stream begins with, again and again: those
// are moments between the page's own.
func (b *tab) watch() {
	b.t.Helper()
	run(b, chromedp.Evaluate[chromedp.Void](`(async () => {
const wrong = `+wrong+`;
window.seen = {moments: 0, bad: [], asking: 0};
for (;;) {
  const stream = new EventSource('/demo/live');
  const text = await new Promise((then) => stream.onmessage = (event) => then(event.data));
  stream.close();
  const found = wrong(new DOMParser().parseFromString(text, 'text/html'));
  seen.moments++;
  if (!found.settled) seen.asking++;
  seen.bad.push(...found.bad);
  await new Promise((then) => setTimeout(then, 20));
}
})(), 0`))
}

// The guests' store may take three seconds to answer, so that a busy machine
// gives none of them a 503 that is its own.
var unhurried = site.Config{StoreTimeout: 3 * time.Second}

func numbersAgree(t *testing.T) {
	s := serveWith(t, demo, unhurried)
	b := newTab(t, s.URL())
	b.signIn("ada")
	b.adds("at first")
	watcher := b.sibling()
	watcher.goTo("/")
	watcher.watch()
	other := b.otherShard()
	for _, name := range []string{
		"Show the usual way", "Sign in from another device",
		"Pause shard " + other, "Let 100 guests sign in", "Drain shard " + other,
		"Resume shard " + other, "Refill shard " + other,
		"Add a shard", "Show the usual way", "Show the usual way",
		"Let 100 guests sign in", "Drain shard d",
	} {
		b.press(name)
		b.adds(name)
	}
	own := b.ownShard()
	b.pressFor(503, "Pause shard "+own)
	b.adds("Pause shard " + own)
	b.press("Resume shard " + own)
	b.adds("Resume shard " + own)
	b.press("Show the usual way")
	b.adds("Hide the usual way")
	watcher.waitFor("!document.querySelector('.steps')")
	watcher.sees("Of 300 guests 300 are served")
	seen := value[struct {
		Moments, Asking int
		Bad             []string
	}](watcher, "seen")
	if len(seen.Bad) > 0 || seen.Asking == 0 {
		t.Errorf("of %d moments, %d came before all guests had asked, and these numbers were wrong:\n%s",
			seen.Moments, seen.Asking, strings.Join(seen.Bad, "\n"))
	}
	t.Logf("of %d moments, %d came before all guests had asked", seen.Moments, seen.Asking)
}
