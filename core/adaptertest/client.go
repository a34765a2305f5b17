package adaptertest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// origin is where all processes are, in the eyes of the browsers.
const origin = "http://app.example"

func newProcess(s *stage, ln endpoint) *process {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return ln.dial(ctx) }
	p := &process{stage: s, endpoint: ln}
	p.transport = &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 64}
	p.http2 = &http.Transport{DialContext: dial, Protocols: new(http.Protocols)}
	p.http2.Protocols.SetUnencryptedHTTP2(true)
	s.Cleanup(func() {
		p.transport.CloseIdleConnections()
		p.http2.CloseIdleConnections()
	})
	return p
}

// A browser sends requests to one process, with the cookies of its jar or with
// fixed Cookie headers.
type browser struct {
	*process
	client  *http.Client
	cookies []string // values of Cookie headers; only without a jar
}

// browser returns a browser that nobody has seen before.
func (p *process) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return p.reach(secureJar{jar})
}

// bearing returns a client without a jar that sends these Cookie headers with
// every request.
func (p *process) bearing(cookies ...string) *browser {
	b := p.reach(nil)
	b.cookies = cookies
	return b
}

// at returns the same browser at another process behind the same address.
func (b *browser) at(p *process) *browser { return p.reach(b.client.Jar) }

// speaksHTTP2 returns the same browser on HTTP/2.
func (b *browser) speaksHTTP2() *browser {
	h2 := b.at(b.process)
	h2.client.Transport, h2.cookies = witness{b.http2, b.record}, b.cookies
	return h2
}

func (p *process) reach(jar http.CookieJar) *browser {
	return &browser{process: p, client: &http.Client{
		Transport:     witness{p.transport, p.record},
		Jar:           jar,
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// secureJar takes the place of TLS in front of the processes: it gives cookies
// with Secure to them.
type secureJar struct{ jar *cookiejar.Jar }

func (j secureJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.jar.SetCookies(secured(u), cookies)
}
func (j secureJar) Cookies(u *url.URL) []*http.Cookie { return j.jar.Cookies(secured(u)) }

func secured(u *url.URL) *url.URL {
	s := *u
	s.Scheme = "https"
	return &s
}

// line returns the Cookie header that the browser would send.
func (b *browser) line() string {
	u, _ := url.Parse(origin)
	var pairs []string
	for _, c := range b.client.Jar.Cookies(u) {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}

// A reply is a whole response.
type reply struct {
	status int
	proto  int
	header http.Header
	body   string
}

// cookies returns the Set-Cookie values, one to a line.
func (r *reply) cookies() string { return strings.Join(r.header["Set-Cookie"], "\n") }

// pairs returns the Cookie header that brings the reply's cookies back, in
// every form of the cookie.
func (r *reply) pairs() string {
	var pairs []string
	for _, line := range r.header["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		pairs = append(pairs, pair)
	}
	return strings.Join(pairs, "; ")
}

// get asks for a path; header is names and values in turn.
func (b *browser) get(path string, header ...string) *reply {
	b.Helper()
	return b.ask(b.request(b.ctx, http.MethodGet, path, "", header...))
}

func (b *browser) request(ctx context.Context, method, path, body string, header ...string) *http.Request {
	b.Helper()
	r, err := http.NewRequestWithContext(ctx, method, origin+path, strings.NewReader(body))
	if err != nil {
		b.Fatalf("%v", err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	if len(header) == 0 { // what browsers send with a link or a form of the site's own
		r.Header = navigation("same-origin")
	}
	if len(b.cookies) > 0 {
		r.Header["Cookie"] = b.cookies
	}
	return r
}

// navigation is what Chromium sends when a person follows a link or submits a
// form.
func navigation(site string) http.Header {
	return http.Header{
		"Accept":         {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
		"Sec-Fetch-Dest": {"document"},
		"Sec-Fetch-Mode": {"navigate"},
		"Sec-Fetch-Site": {site},
	}
}

// ask sends the request and reads the whole reply, which is empty if there is
// none.
func (b *browser) ask(r *http.Request) *reply {
	b.Helper()
	answer, err := b.client.Do(r)
	if err != nil {
		b.Errorf("%v", err)
		return &reply{}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.Errorf("%s: reading the body: %v", r.URL.Path, err)
	}
	return &reply{answer.StatusCode, answer.ProtoMajor, answer.Header, string(body)}
}

// arrived waits for the reply to a request that another goroutine sent.
func arrived(s *stage, flying <-chan *reply) *reply {
	s.Helper()
	r := wait(s, flying, "the reply")
	if r == nil {
		s.FailNow()
	}
	return r
}

// open sends a GET and returns the response when its headers are there, with a
// body that is still to be read.
func (b *browser) open(path string) *http.Response {
	b.Helper()
	answer, err := b.client.Do(b.request(b.ctx, http.MethodGet, path, ""))
	if err != nil {
		b.Fatalf("%v", err)
	}
	return answer
}

// write sends a GET byte by byte as given, past the checks of http.Client.
func (p *process) write(path string, cookies ...string) *reply {
	p.Helper()
	conn, err := p.endpoint.dial(p.ctx)
	if err != nil {
		p.Fatalf("%v", err)
	}
	defer conn.Close()
	request := "GET " + path + " HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n"
	for _, line := range cookies {
		request += "Cookie: " + line + "\r\n"
	}
	// A server may refuse before it has read everything, so the error of the
	// write says nothing.
	go func() { _, _ = fmt.Fprint(conn, request+"\r\n") }()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		p.Errorf("%v", err)
		return &reply{}
	}
	defer answer.Body.Close()
	p.record.response(path, answer)
	body, _ := io.ReadAll(answer.Body)
	return &reply{answer.StatusCode, answer.ProtoMajor, answer.Header, string(body)}
}
