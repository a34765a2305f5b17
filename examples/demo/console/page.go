package console

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/examples/site"
)

//go:embed page.html compare.html
var sources embed.FS

var templates = template.Must(template.ParseFS(sources, "*.html"))

// A pageView is what the home page shows. Its live parts are what the stream sends.
type pageView struct {
	Framework  string
	Frameworks []string
	User       string
	News       string
	Note       string
	MaxNote    int
	Visits     int64
	liveView
}

type liveView struct {
	Session sessionView
	Devices devicesView
	Now     snapshot
}

func (c *console) live(ctx context.Context, id store.ID) liveView {
	session := c.session(ctx, id)
	devices := c.devicesOf(ctx, session.User, id.Place)
	return liveView{Session: session, Devices: devices, Now: c.snapshot(session.User, session.Shard)}
}

// home is the page of a visitor who is signed in. It stores the session before it looks at what is stored.
func (c *console) home(framework string, session *core.Session) site.Page {
	v := pageView{Framework: framework, Frameworks: []string{"net/http", "Gin", "Echo", "Fiber"}, User: session.User(), MaxNote: site.MaxNote}
	v.News, _ = site.News.Pop(session)
	v.Note, _ = site.Note.Get(session)
	v.Visits = site.Visits.Get(session)
	if err := session.Save(c.ctx); err != nil {
		return site.Page{Policy: policy} // the middleware answers with an error
	}
	v.liveView = c.live(c.ctx, session.ID())
	return site.Page{HTML: render("home", v), Policy: policy}
}

// explain gives browsers a page in place of the text with which a framework says that a shard is down. A program behind a
// proxy needs no such page of its own.
func (c *console) explain(r *http.Response) error {
	if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.Request.Header.Get("Accept"), "text/html") {
		return nil
	}
	page := c.unavailablePage()
	_ = r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(page.HTML))
	r.ContentLength = int64(len(page.HTML))
	r.Header.Set("Content-Length", strconv.Itoa(len(page.HTML)))
	r.Header.Set("Content-Type", "text/html; charset=utf-8")
	page.SetHeaders(r.Header.Set)
	return nil
}

// unavailable answers a request of the console's own whose session cannot be read.
func (c *console) unavailable(w http.ResponseWriter) {
	page := c.unavailablePage()
	page.SetHeaders(w.Header().Set)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(page.HTML)
}

func (c *console) unavailablePage() site.Page {
	return site.Page{HTML: render("unavailable", pageView{liveView: c.live(c.ctx, store.ID{})}), Policy: policy}
}

func render(name string, data any) []byte {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the template and its data are both in this package
	}
	return b.Bytes()
}
