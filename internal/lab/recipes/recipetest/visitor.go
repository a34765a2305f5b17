// Package recipetest plays the user of the programs that docs/recipes shows.
package recipetest

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
)

// A Visitor is a browser with cookies of its own. It speaks TLS, because the default
// cookie is Secure, and follows no redirect.
type Visitor struct {
	t      testing.TB
	URL    string // of the program, without a slash at the end
	client *http.Client
}

// New serves the program until the test is over, and returns its first visitor.
func New(t testing.TB, program http.Handler) *Visitor {
	t.Helper()
	server := httptest.NewTLSServer(program)
	t.Cleanup(server.Close)
	return At(t, server.URL)
}

// At returns a visitor of a program that runs already.
func At(t testing.TB, url string) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	// Whom a test meets on the loopback interface it has started itself.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return &Visitor{t: t, URL: url, client: &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Other returns a visitor of the same program with another browser.
func (v *Visitor) Other() *Visitor { return At(v.t, v.URL) }

// A Reply is a response that was read.
type Reply struct {
	Status int
	Header http.Header
	Body   string
}

// String is the status with where to go, or with the text.
func (r Reply) String() string {
	if to := r.Header.Get("Location"); to != "" {
		return fmt.Sprintf("%d to %s", r.Status, to)
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Body))
}

// Get asks for a page, as a link does. Each header is a name and a value.
func (v *Visitor) Get(path string, header ...string) Reply {
	v.t.Helper()
	return v.Do(http.MethodGet, path, "", header...)
}

// Post sends a form, such as "user=ada", from a page of the program.
func (v *Visitor) Post(path, form string, header ...string) Reply {
	v.t.Helper()
	return v.Do(http.MethodPost, path, form, append([]string{
		"Content-Type", "application/x-www-form-urlencoded",
		"Origin", v.URL, "Sec-Fetch-Site", "same-origin",
	}, header...)...)
}

// Do sends a request. A path may be a whole address. The last header of a name counts,
// and an empty value removes it.
func (v *Visitor) Do(method, path, body string, header ...string) Reply {
	v.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = v.URL + path
	}
	request, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	request.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] == "" {
			request.Header.Del(header[i])
		} else {
			request.Header.Set(header[i], header[i+1])
		}
	}
	response, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return Reply{response.StatusCode, response.Header, string(text)}
}

// Want fails the test if the reply is not the one that is wanted; see [Reply.String]. A
// text that ends with "…" is the beginning.
func (v *Visitor) Want(what string, got Reply, want string) {
	v.t.Helper()
	text := got.String()
	if begin, ok := strings.CutSuffix(want, "…"); ok && strings.HasPrefix(text, begin) || text == want {
		return
	}
	v.t.Errorf("%s: %s, want %s", what, text, want)
}

// Client returns the visitor's client, with its cookies.
func (v *Visitor) Client() *http.Client { return v.client }
