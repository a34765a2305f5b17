package examples_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/internal/redistest"
)

// do presses a button of the demo.
func (v *visitor) do(base, path, name, value string) {
	v.t.Helper()
	a := v.ask(http.MethodPost, base+"/demo/"+path, url.Values{name: {value}})
	v.want(a, http.StatusSeeOther)
}

// browse opens the home page as a browser does.
func (v *visitor) browse(base string) answer {
	v.t.Helper()
	return v.ask(http.MethodGet, base+"/", nil, "Accept", "text/html,*/*;q=0.8")
}

func TestAPausedShardIsExplainedToItsOwnVisitorsAlone(t *testing.T) {
	base := serve(t, demo, site.Config{})
	v := newVisitor(t)
	v.signIn(base, "ada")
	shard, token := v.whoami(base).Shard, v.token(base)
	other := newVisitor(t)
	for other.signIn(base, "bob"); other.whoami(base).Shard == shard; other.signIn(base, "bob") {
		other = newVisitor(t)
	}
	v.do(base, "pause", "shard", shard)
	for range frameworks {
		a := v.browse(base)
		v.want(a, http.StatusServiceUnavailable)
		if !strings.Contains(a.body, "<button>Resume shard "+shard+"</button>") || a.Header.Get("Retry-After") == "" {
			t.Errorf("the page has no remedy: %v\n%s", a.Header, a.body)
		}
		if len(a.Cookies()) > 0 || v.token(base) != token {
			t.Errorf("the outage changed the cookie: %v", a.Cookies())
		}
		if a := v.ask(http.MethodGet, base+"/whoami", nil, "Accept", "*/*"); a.StatusCode != http.StatusServiceUnavailable || strings.Contains(a.body, "<") {
			t.Errorf("a program got %d and %q", a.StatusCode, a.body)
		}
		other.home(base)
	}
	a := v.ask(http.MethodPost, base+"/demo/device", nil)
	v.want(a, http.StatusServiceUnavailable)
	if !strings.Contains(a.body, "Resume shard "+shard) {
		t.Errorf("a button of the demo's own has no remedy:\n%s", a.body)
	}
	v.do(base, "resume", "shard", shard)
	for range frameworks {
		v.want(v.browse(base), http.StatusOK)
	}
}

func TestAddingAndDrainingShardsMovesNothing(t *testing.T) {
	base := serve(t, demo, site.Config{})
	v := newVisitor(t)
	v.signIn(base, "ada")
	for v.whoami(base).Shard != "a" { // so that the session is on the shard that is drained below
		v.want(v.ask(http.MethodPost, base+"/logout", nil), http.StatusSeeOther)
		v.signIn(base, "ada")
	}
	v.do(base, "guests", "", "")
	v.do(base, "add", "", "")
	if body := v.home(base).body; !strings.Contains(body, "Shard d takes") || !strings.Contains(body, "Sessions moved: 0 of 1") {
		t.Errorf("the page does not tell of the new shard:\n%s", body)
	}
	if arcs := arc.FindAllString(v.home(base).body, -1); len(arcs) != 8 || arcs[7] != `stroke-dasharray="0.00 100.00"` {
		t.Errorf("the picture has %q; the new shard has no sessions yet", arcs)
	}
	before := kept(t, v.home(base).body, "a")
	v.do(base, "drain", "shard", "a")
	v.do(base, "guests", "", "")
	page := v.home(base).body
	if after := kept(t, page, "a"); after != before || kept(t, page, "d") == "0" {
		t.Errorf("the drained shard had %s sessions and has %s; the new one has %s", before, after, kept(t, page, "d"))
	}
	if !strings.Contains(page, "<strong>0</strong> were signed out") || v.whoami(base).Shard != "a" {
		t.Errorf("somebody was signed out:\n%s", page)
	}
	v.do(base, "drain", "shard", "d")
	v.do(base, "guests", "", "")
	drained := kept(t, v.home(base).body, "d")
	v.do(base, "fill", "shard", "d")
	v.do(base, "guests", "", "")
	if was, is := kept(t, page, "d"), kept(t, v.home(base).body, "d"); drained != was || is == was {
		t.Errorf("shard d had %s sessions, drained %s, and filled again %s", was, drained, is)
	}
}

// arc is a part of the picture: of the new sessions, or of those that there are.
var arc = regexp.MustCompile(`stroke-dasharray="[^"]*"`)

// kept returns how many sessions the page says that the shard has.
func kept(t *testing.T, page, shard string) string {
	t.Helper()
	found := regexp.MustCompile(`data-shard="` + shard + `" data-sessions="(\d+)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page does not say how many sessions shard %s has:\n%s", shard, page)
	}
	return found[1]
}

func TestTheUsualWayLosesWhatOursKeeps(t *testing.T) {
	base := serve(t, demo, site.Config{})
	v := newVisitor(t)
	if lead := v.get(base + "/login").body; !strings.Contains(lead, "press “Show the usual way”") {
		t.Errorf("the first page does not say what to press:\n%s", lead)
	}
	v.signIn(base, "ada")
	v.do(base, "logout", "", "")
	if body := v.home(base).body; !strings.Contains(body, "the usual way is not shown") {
		t.Errorf("a step went with nothing to compare with:\n%s", body)
	}
	v.do(base, "compare", "on", "true")
	v.do(base, "compare", "on", "true")
	v.want(v.get(base+"/demo/usual/whoami"), http.StatusUnauthorized)
	v.do(base, "logout", "", "")
	v.do(base, "change", "", "")
	shard := "a"
	if v.whoami(base).Shard == shard {
		shard = "b"
	}
	v.do(base, "pause", "shard", shard)
	v.do(base, "logout", "", "") // the steps work during the pause, too
	v.do(base, "change", "", "")
	v.do(base, "resume", "shard", shard)
	paused := v.signedOutInTheUsualWay(base)
	v.do(base, "add", "", "")
	added := v.signedOutInTheUsualWay(base)
	if paused == 0 || paused == 100 || added <= paused {
		t.Errorf("the usual way signed %d of 100 out by a pause, %d with a new shard; want some, and more", paused, added)
	}
	v.do(base, "compare", "on", "false")
	v.do(base, "compare", "on", "false")
	v.want(v.get(base+"/demo/usual/whoami"), http.StatusNotFound)
	if body := v.home(base).body; strings.Contains(body, "verdict") {
		t.Errorf("the usual way is still there:\n%s", body)
	}
}

// signedOutInTheUsualWay checks what the page says of ours and of the usual way, and returns how many guests lost their login.
func (v *visitor) signedOutInTheUsualWay(base string) int {
	v.t.Helper()
	var told []string
	for _, verdict := range regexp.MustCompile(`<p class="verdict">([^<]+)</p>`).FindAllStringSubmatch(v.home(base).body, -1) {
		told = append(told, verdict[1])
	}
	got := regexp.MustCompile(`^0 of 100 signed out/(\d+) of 100 signed out/Signed out for good/Signed in again/` +
		`Both are kept/Lost: the (basket|language)$`).FindStringSubmatch(strings.Join(told, "/"))
	if got == nil {
		v.t.Fatalf("ours and the usual way: got %q", told)
	}
	n, _ := strconv.Atoi(got[1])
	return n
}

func TestAnotherDeviceIsAnotherSession(t *testing.T) {
	base := serve(t, demo, site.Config{})
	v := newVisitor(t)
	v.signIn(base, "ada")
	v.do(base, "device", "", "")
	body := v.home(base).body
	place := regexp.MustCompile(`name="place" value="([^"]+)"`).FindStringSubmatch(body)
	if place == nil || !regexp.MustCompile(`shard [abc], just now, visits: 1\b`).MatchString(body) {
		t.Fatalf("the page does not show the other device and its visit:\n%s", body)
	}
	v.want(v.ask(http.MethodPost, base+"/logout", nil), http.StatusSeeOther)
	v.signIn(base, "ada")
	if body := v.home(base).body; !strings.Contains(body, place[1]) {
		t.Errorf("the logout here ended the other session:\n%s", body)
	}
	a := v.ask(http.MethodPost, base+"/devices/end", url.Values{"place": {place[1]}, "next": {"/#devices"}})
	if v.want(a, http.StatusSeeOther); a.Header.Get("Location") != "/#devices" {
		t.Errorf("the end leads to %q", a.Header.Get("Location"))
	}
	if body := v.home(base).body; strings.Contains(body, place[1]) || !strings.Contains(body, "Ended 1 session.") {
		t.Errorf("the other session lives on:\n%s", body)
	}
	v.whoami(base)
}

func TestWatchingASessionDoesNotUseIt(t *testing.T) {
	var s *site.Site
	watched := program{demo.name, func(opened *site.Site) site.Server { s = opened; return demo.newServer(opened) }}
	base := serve(t, watched, site.Config{})
	v := newVisitor(t)
	v.signIn(base, "ada")
	stream := v.stream(base + "/demo/live")
	s.Embedded.FastForward(site.IdleTimeout - time.Minute)
	stream.until("<dd>0 min ")
	s.Embedded.FastForward(time.Minute)
	// The browser comes again when the stream ends; then there is no session.
	for stream.lines.Scan() && !strings.Contains(stream.lines.Text(), "This session has ended.") {
	}
	v.want(v.get(base+"/whoami"), http.StatusUnauthorized)
}

func TestAStreamTellsWhatOthersDo(t *testing.T) {
	base := serve(t, demo, site.Config{})
	v := newVisitor(t)
	v.signIn(base, "ada")
	stream := v.stream(base + "/demo/live")
	v.want(v.ask(http.MethodPost, base+"/note", url.Values{"note": {"<milk>"}}), http.StatusSeeOther)
	stream.until("&#34;\\u003cmilk\\u003e&#34;")
	newVisitor(t).do(base, "drain", "shard", "b")
	stream.until("Shard b is drained")
}

func TestTheDemosButtonsArePressedHereAlone(t *testing.T) {
	base := serve(t, demo, site.Config{})
	v := newVisitor(t)
	v.signIn(base, "ada")
	for _, path := range []string{"pause", "resume", "drain", "fill", "add", "guests", "device", "compare", "logout", "change"} {
		v.want(v.ask(http.MethodPost, base+"/demo/"+path, url.Values{"shard": {"a"}}, "Sec-Fetch-Site", "cross-site"), http.StatusForbidden)
		v.want(v.get(base+"/demo/"+path), http.StatusNotFound) // a link presses nothing
	}
	if body := v.home(base).body; strings.Contains(body, "<time>") {
		t.Errorf("something happened:\n%s", body)
	}
}

func TestWithRedisOfYourOwnNothingIsPausedOrCounted(t *testing.T) {
	list := redistest.Start(t).URL() + "?name=own&weight=3," + redistest.Start(t).URL() + "?name=other"
	base := serve(t, demo, site.Config{Redis: list, Secret: secret})
	v := newVisitor(t)
	v.signIn(base, "ada")
	if body := v.home(base).body; !regexp.MustCompile(`shard own takes 7[3-7]\.\d`).MatchString(body) {
		t.Errorf("the shares are not those of the weights:\n%s", body)
	}
	for _, path := range []string{"pause", "resume", "add", "guests"} {
		v.want(v.ask(http.MethodPost, base+"/demo/"+path, url.Values{"shard": {"own"}}), http.StatusNotFound)
		if body := v.home(base).body; strings.Contains(body, "/demo/"+path+`"`) {
			t.Errorf("the page offers to %s:\n%s", path, body)
		}
	}
	v.do(base, "drain", "shard", "own")
	if body := v.home(base).body; !strings.Contains(body, "Shard own is drained") {
		t.Errorf("the drain is not told:\n%s", body)
	}
	v.do(base, "fill", "shard", "own")
	v.signIn(base, "ada")
}
