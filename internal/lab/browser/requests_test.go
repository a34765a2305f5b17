package browser_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A request is what a script does at the address "$", which has a mark of its
// own, and what the browser gets.
type request struct {
	name, script string
	says         string // what the script's promise gives; "" without one
	traffic      string // responses in order, each with the kind of its request
}

// What scripts do.
const (
	fetchText    = `fetch("$", %s).then(async r => r.status + " " + await r.text(), () => "blocked")`
	listenTo     = `new Promise(done => { const s = new EventSource("$"); s.onerror = () => done("state " + s.readyState) })`
	showImage    = `new Promise(done => { const i = new Image(); i.onload = i.onerror = e => done(e.type); i.src = "$" })`
	followLink   = `void (location = "$")`
	submitForm   = `{ const f = document.createElement("form"); f.method = "post"; f.action = "$"; document.body.append(f); void f.submit() }`
	xmlHTTP      = `new Promise(done => { const x = new XMLHttpRequest; x.onload = () => done(x.status + " " + x.responseText); x.open("GET", "$"); x.send() })`
	unauthorized = `401 {"error":"Login required.","needs":"login"}` + "\n"
)

// H37, R46: what the guard and the check of origins make of what a browser
// really sends.
func TestWhatARequestGets(t *testing.T) {
	for _, p := range frameworks {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, p)
			b := newTab(t, s.URL())
			for _, text := range []string{"Failed to load resource", "/favicon.ico", "blocked by CORS policy", "issue: "} {
				b.expect(text)
			}

			// A page of the site without a policy, which is the refusal itself.
			b.plays(s.URL()+"/whoami", 401, s.URL(), []request{
				{"fetch", "/" + fetchWith("{}"), unauthorized, "Fetch 401"},
				{"fetch of HTML", "/" + fetchWith(`{headers: {Accept: "text/html"}}`), unauthorized, "Fetch 401"},
				{"htmx", "/" + fetchWith(`{headers: {"HX-Request": "true"}}`), unauthorized, "Fetch 401"},
				{"a fetch that changes", "/note" + fetchWith(`{method: "POST"}`), unauthorized, "Fetch 401"},
				{"XMLHttpRequest", "/ " + xmlHTTP, unauthorized, "XHR 401"},
				{"EventSource", "/events " + listenTo, "state 2", "EventSource 401"},
				{"an image", "/ " + showImage, "error", "Image 401"},
				{"a link", "/ " + followLink, "", "Document 303, Document 200"},
				{"a form", "/note " + submitForm, "", "Document 303, Document 200"},
			})

			b.signIn("ada")
			token := b.cookies()[0].Value
			near, preflight := page(t), "Preflight 405"
			if p.name == "Echo" {
				preflight = "Preflight 204" // Echo answers every OPTIONS, without a header of CORS.
			}
			far := strings.Replace(near, "127.0.0.1", "other.test", 1)
			const secretly = `{mode: "no-cors", credentials: "include", method: "POST"}`
			for _, base := range []string{near, far} {
				seen := "200" // Another port of the site gets the cookie, with SameSite=Lax, another site does not.
				if base == far {
					seen = "401"
				}
				b.plays(base, 200, s.URL(), []request{
					{"another origin's fetch that changes", "/logout" + fetchWith(secretly), "0 ", "Fetch 403"},
					{"another origin's fetch", "/" + fetchWith(`{mode: "no-cors", credentials: "include"}`), "0 ", "Fetch " + seen},
					{"another origin's fetch with a preflight", "/note" + fetchWith(`{method: "PUT", credentials: "include"}`), "blocked", preflight},
					{"another origin's form", "/logout " + submitForm, "", "Document 403"},
					{"another origin's link", "/ " + followLink, "", "Document 200"},
				})
			}
			b.goTo("/")
			b.sees("Hello, ada!")
			if got := b.cookies(); len(got) != 1 || got[0].Value != token {
				t.Errorf("the cookie changed: %v", got)
			}
		})
	}
}

func fetchWith(options string) string { return " " + fmt.Sprintf(fetchText, options) }

// page is a page of another origin.
func page(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,"><title>page</title><body>`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// plays runs each script on the page from, with "$" as the path that stands
// before it on the site to.
func (b *tab) plays(from string, status int64, to string, requests []request) {
	b.t.Helper()
	for i, r := range requests {
		b.load(status, chromedp.Navigate(from))
		path, script, _ := strings.Cut(r.script, " ")
		mark := fmt.Sprintf("row=%d", i)
		b.forget()
		script = strings.ReplaceAll(script, "$", to+path+"?"+mark)
		if r.says == "" {
			run(b, chromedp.Evaluate[chromedp.Void](script))
		} else if got := run(b, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise)); got != r.says {
			b.t.Errorf("%s at %s: the script got %q, want %q", r.name, from, got, r.says)
		}
		var got string
		for end := time.Now().Add(patience); len(got) < len(r.traffic) && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			got = b.trafficOf(mark)
		}
		if got != r.traffic {
			b.t.Errorf("%s at %s: the browser got %q, want %q", r.name, from, got, r.traffic)
		}
		if r.says == "" {
			b.waitFor("document.readyState === 'complete'")
		}
	}
}

// A response is one of a chain of redirects, which have the request's id in
// common, or its end.
type response struct {
	id   network.RequestID
	text string
}

// trafficOf returns the responses to requests with the mark.
func (b *tab) trafficOf(mark string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, r := range b.traffic {
		if strings.HasSuffix(b.asked[r.id], mark) {
			all = append(all, r.text)
		}
	}
	return strings.Join(all, ", ")
}

func (b *tab) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.traffic, b.asked = nil, map[network.RequestID]string{}
}

// noteTraffic notes responses, redirects among them. Callers hold b.mu.
func (b *tab) noteTraffic(event any) {
	note := func(id network.RequestID, kind network.ResourceType, r *network.Response) {
		b.traffic = append(b.traffic, response{id, fmt.Sprintf("%s %d", kind, r.Status)})
	}
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.RedirectResponse != nil {
			note(e.RequestID, e.Type, e.RedirectResponse)
		} else if b.asked != nil {
			b.asked[e.RequestID] = e.Request.URL
		}
	case *network.EventResponseReceived:
		note(e.RequestID, e.Type, e.Response)
	}
}
