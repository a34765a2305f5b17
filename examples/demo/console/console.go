// Package console is what the demo adds to the application: a home page that shows the session and the ring of shards while
// they change, and the buttons that change them. The frameworks serve the page; the rest is answered before the balancer and
// needs no session, so that it works while shards do not.
package console

import (
	"context"
	_ "embed"
	"net/http"
	"sync"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/examples/demo/balancer"
	"github.com/ringsession/ringsession/examples/site"
)

type console struct {
	world
	ctx       context.Context // done when the program ends
	site      *site.Site
	ours      *side
	transport http.Transport // of the demo's own browsers
	health    health
	buttons   sync.Mutex // held by the one whose button is pressed
}

// Mount gives the site the page, and puts the console before the balancer, until the balancer is shut down.
func Mount(s *site.Site, b *balancer.Balancer) {
	ctx, end := context.WithCancel(context.Background())
	c := &console{ctx: ctx, site: s}
	c.broken, c.steps = make(map[string]bool), make(map[string]pair)
	c.transport.MaxIdleConnsPerHost = askers
	c.ours = c.ourSide()
	s.Lead, s.Home, s.OnEvent = lead, c.home, c.tell
	b.Wrap(c.handler)
	b.OnAnswer(c.explain)
	b.OnShutdown(end)
	context.AfterFunc(ctx, c.hide)
	go c.health.watch(ctx, s.Store)
	go c.keepAsking(ctx)
}

// lead is what the page of the login says first.
const lead = "This demo shows a login that outlives four frameworks and failing Redis servers, where the usual way " +
	"loses it: sign in, then press “Show the usual way”."

//go:embed page.css
var style string

//go:embed live.js
var script string

// policy allows what page.html needs: the files below, and the stream.
var policy = site.Policy("style-src 'self'", "script-src 'self'", "connect-src 'self'")

func (c *console) handler(balancer http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", balancer)
	mux.HandleFunc("GET /demo/page.css", file("text/css", site.Style+style))
	mux.HandleFunc("GET /demo/live.js", file("text/javascript", script))
	mux.HandleFunc("GET /demo/live", c.stream)
	mux.HandleFunc("POST /demo/drain", c.press("shard", c.drain(true)))
	mux.HandleFunc("POST /demo/fill", c.press("shard", c.drain(false)))
	mux.HandleFunc("POST /demo/device", c.signInElsewhere)
	mux.HandleFunc("POST /demo/compare", c.press("on", c.show))
	mux.Handle("/demo/ours/", http.StripPrefix("/demo/ours", c.ours))
	mux.HandleFunc("/demo/usual/", c.serveUsual)
	for _, s := range steps {
		mux.HandleFunc("POST /demo/"+s.Path, c.press("shard", c.take(s)))
	}
	if c.site.Embedded != nil {
		mux.HandleFunc("POST /demo/pause", c.press("shard", c.pause))
		mux.HandleFunc("POST /demo/resume", c.press("shard", c.resume))
		mux.HandleFunc("POST /demo/add", c.press("shard", c.add))
		mux.HandleFunc("POST /demo/guests", c.press("shard", c.bring))
	}
	// The frameworks protect their own forms. This is for ours.
	return http.NewCrossOriginProtection().Handler(mux)
}

// serveUsual is the application on the other side, while that is shown.
func (c *console) serveUsual(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	s := c.usual
	c.mu.Unlock()
	if s == nil {
		http.NotFound(w, r)
		return
	}
	http.StripPrefix("/demo/usual", s).ServeHTTP(w, r)
}

func file(kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind+"; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write([]byte(text))
	}
}

// visitor returns the session of the request to look at. It is never committed, so looking does not keep it alive.
func (c *console) visitor(r *http.Request) (*core.Session, error) {
	session := c.site.Sessions.Start(r.Context(), r.Header["Cookie"]...)
	return session, session.Load(r.Context())
}
