package migrations_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// A browser keeps its cookies while the program behind the address changes.
type browser struct {
	t       *testing.T
	server  *httptest.Server
	client  *http.Client
	handler http.Handler
}

func newBrowser(t *testing.T, handler http.Handler) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, handler: handler}
	b.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.handler.ServeHTTP(w, r) }))
	t.Cleanup(b.server.Close)
	b.client = b.server.Client()
	b.client.Jar = jar
	b.client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > 3 {
			return fmt.Errorf("%d redirects", len(via))
		}
		if r.Response.StatusCode == http.StatusTemporaryRedirect { // The take-over sends it.
			return nil
		}
		return http.ErrUseLastResponse
	}
	return b
}

func (b *browser) serve(handler http.Handler) { b.handler = handler }

func (b *browser) address() *url.URL {
	u, err := url.Parse(b.server.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

func (b *browser) cookies() []*http.Cookie     { return b.client.Jar.Cookies(b.address()) }
func (b *browser) keep(cookies []*http.Cookie) { b.client.Jar.SetCookies(b.address(), cookies) }

// ask returns the status, and the text or where to go, without the query. It follows a 307. A POST carries the fields of a
// form, and the number of a user.
func (b *browser) ask(method, path string, fields ...string) string {
	b.t.Helper()
	form := strings.Join(append(fields, "user=7"), "&")
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, strings.NewReader(form))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if to := response.Header.Get("Location"); to != "" {
		u, err := url.Parse(to)
		if err != nil {
			b.t.Fatal(err)
		}
		return fmt.Sprintf("%d to %s", response.StatusCode, u.Path)
	}
	return fmt.Sprintf("%d %s", response.StatusCode, body)
}
