package adaptertest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
)

// These need an http.ResponseWriter.
var writerScenarios = []scenario{
	{"first bytes", "whichever method sends the first byte, the change is stored and the cookie set before it", firstBytes},
	{"early hints", "103 Early Hints pass through and store nothing; the final response has the cookie", earlyHints},
	{"response controller", "http.ResponseController reaches the connection through the middleware", responseController},
	{"failed writes", "after a failed save every method of the writer says so, and the client gets the 503 alone", failedWrites},
	{"proxy, no save", "a handler that passes a server's answer on, and aborts when it cannot, hides no 503", failedProxy},
	{"files", "a file is served whole, in ranges and as unchanged, with the cookie", files},
}

// ways are the ways to send the first byte. Each sends "x" or nothing.
var ways = []struct {
	name string
	send func(http.ResponseWriter) error
}{
	{"WriteHeader", func(w http.ResponseWriter) error { w.WriteHeader(http.StatusOK); return nil }},
	{"Write", func(w http.ResponseWriter) error { _, err := w.Write([]byte("x")); return err }},
	{"WriteString", func(w http.ResponseWriter) error { _, err := io.WriteString(w, "x"); return err }},
	{"ReadFrom", func(w http.ResponseWriter) error {
		_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("x"))
		return err
	}},
	{"Flusher", func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return nil }},
	{"ResponseController", func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() }},
}

func firstBytes(s *stage) {
	var routes []Route
	for _, way := range ways {
		routes = append(routes, raw("/"+way.name, func(w http.ResponseWriter, _ *http.Request, session *core.Session) {
			visits.Set(session, 7)
			if err := way.send(w); err != nil {
				s.Errorf("%s: %v", way.name, err)
			}
			if way.name != "WriteHeader" { // Some frameworks only note the status.
				want(s, way.name+": calls", s.store.take(), "new place, create")
				want(s, way.name+": cookie", len(w.Header()["Set-Cookie"]), 1)
			}
		}))
	}
	p := s.start(setup{routes: routes})
	for _, way := range ways {
		r := p.browser().get("/" + way.name)
		want(s, way.name+": status", r.status, http.StatusOK)
		want(s, way.name+": cookie", masked(r.cookies()), forms[0].set)
		s.store.take()
	}
}

func earlyHints(s *stage) {
	b := s.start(setup{routes: []Route{raw("/hints", func(w http.ResponseWriter, _ *http.Request, session *core.Session) {
		visits.Set(session, 7)
		w.Header().Set("Link", "</style.css>; rel=preload; as=style")
		w.WriteHeader(http.StatusEarlyHints)
		want(s, "calls after the hints", s.store.take(), "")
		w.WriteHeader(http.StatusOK)
	})}}).browser()
	var hints []textproto.MIMEHeader
	ctx := httptrace.WithClientTrace(s.ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(_ int, header textproto.MIMEHeader) error {
			hints = append(hints, header)
			return nil
		},
	})
	r := b.ask(b.request(ctx, http.MethodGet, "/hints", ""))
	want(s, "hints", len(hints), 1)
	for _, h := range hints {
		want(s, "link", h.Get("Link"), "</style.css>; rel=preload; as=style")
		want(s, "cookie in the hints", h.Get("Set-Cookie"), "")
	}
	want(s, "status", r.status, http.StatusOK)
	want(s, "cookie", masked(r.cookies()), forms[0].set)
}

func responseController(s *stage) {
	b := s.start(setup{routes: []Route{raw("/control", func(w http.ResponseWriter, _ *http.Request, session *core.Session) {
		c := http.NewResponseController(w)
		for name, err := range map[string]error{
			"SetReadDeadline":  c.SetReadDeadline(time.Now().Add(time.Hour)),
			"SetWriteDeadline": c.SetWriteDeadline(time.Now().Add(time.Hour)),
			"EnableFullDuplex": c.EnableFullDuplex(),
		} {
			want(s, name, err, nil)
		}
		visits.Set(session, 7)
		want(s, "Flush", c.Flush(), nil)
		_, _ = io.WriteString(w, "ok")
	})}}).browser()
	r := b.get("/control")
	want(s, "body", r.body, "ok")
	want(s, "cookie", masked(r.cookies()), forms[0].set)
}

func failedWrites(s *stage) {
	var routes []Route
	for _, way := range ways {
		routes = append(routes, raw("/"+way.name, func(w http.ResponseWriter, _ *http.Request, session *core.Session) {
			visits.Set(session, 7)
			w.Header().Set("X-Handler", "dropped")
			_ = way.send(w)
			for _, again := range ways {
				if again.name != "WriteHeader" && again.name != "Flusher" {
					want(s, way.name+", then "+again.name+": it failed", again.send(w) != nil, true)
				}
			}
			w.WriteHeader(http.StatusOK)
		}))
	}
	p := s.start(setup{routes: routes})
	s.store.fail(errOutage, "create")
	for _, way := range ways {
		r := p.browser().get("/" + way.name)
		want(s, way.name+": status", r.status, http.StatusServiceUnavailable)
		want(s, way.name+": handler's header", r.header.Get("X-Handler"), "")
		want(s, way.name+": cookie", r.cookies(), "")
		want(s, way.name+": the body has what the handler wrote", strings.Contains(r.body, "x"), false)
	}
}

// failedProxy has the handler of httputil, which panics with
// http.ErrAbortHandler when it cannot write.
func failedProxy(s *stage) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(r.FormValue("size"))
		w.Header().Set("X-Handler", "dropped")
		if r.FormValue("chunked") == "" {
			w.Header().Set("Content-Length", strconv.Itoa(size))
		} else {
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = w.Write(bytes.Repeat([]byte("x"), size))
	}))
	s.Cleanup(backend.Close)
	target, _ := url.Parse(backend.URL)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	p := s.start(setup{routes: []Route{raw("/proxy", func(w http.ResponseWriter, r *http.Request, session *core.Session) {
		visits.Set(session, 7)
		proxy.ServeHTTP(w, r)
	})}})
	for _, query := range []string{"size=0", "size=5", "size=1000000", "size=5&chunked=1", "size=1000000&chunked=1"} {
		for name, b := range map[string]*browser{"HTTP/1.1": p.browser(), "HTTP/2": p.browser().speaksHTTP2()} {
			s.store.fail(errOutage, "create")
			for _, accept := range []string{"text/html", "*/*"} {
				what := name + " " + query + " " + accept
				r := b.get("/proxy?"+query, "Accept", accept)
				want(s, what+": status", r.status, http.StatusServiceUnavailable)
				want(s, what+": handler's header", r.header.Get("X-Handler"), "")
				want(s, what+": cookie", r.cookies(), "")
				if accept == "*/*" {
					isJSON(s, what, r, http.StatusServiceUnavailable)
				}
			}
			s.store.heal()
			r := b.get("/proxy?" + query)
			want(s, name+" "+query+": status when the store is back", r.status, http.StatusOK)
			want(s, name+" "+query+": cookie when the store is back", masked(r.cookies()), forms[0].set)
		}
	}
}

// file makes a file and opens it again at every call.
func file(s *stage, content []byte) func() *os.File {
	name := filepath.Join(s.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		s.Fatalf("%v", err)
	}
	return func() *os.File {
		f, err := os.Open(name)
		if err != nil {
			s.Errorf("%v", err)
		}
		return f
	}
}

func files(s *stage) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
	open, changed := file(s, content), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := s.start(setup{routes: []Route{raw("/file", func(w http.ResponseWriter, r *http.Request, session *core.Session) {
		f := open()
		defer f.Close()
		visits.Set(session, 7)
		http.ServeContent(w, r, "file.txt", changed, f)
	})}})
	for _, row := range []struct {
		name, header, value string
		status              int
		body                string
	}{
		{"whole", "Accept", "*/*", http.StatusOK, string(content)},
		{"range", "Range", "bytes=10-15", http.StatusPartialContent, "abcdef"},
		{"unchanged", "If-Modified-Since", changed.Format(http.TimeFormat), http.StatusNotModified, ""},
	} {
		r := p.browser().get("/file", row.header, row.value)
		want(s, row.name+": status", r.status, row.status)
		want(s, row.name+": the body is right", r.body == row.body, true)
		want(s, row.name+": cookie", masked(r.cookies()), forms[0].set)
		if row.body != "" {
			want(s, row.name+": length", r.header.Get("Content-Length"), fmt.Sprint(len(row.body)))
		}
	}
}
