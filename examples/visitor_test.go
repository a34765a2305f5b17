package examples_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/examples/site"
)

// A visitor is a browser that follows no redirects. Its cookies are good for every port of a host.
type visitor struct {
	t      *testing.T
	client *http.Client
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t, &http.Client{
		Jar:           jar,
		Transport:     transport,
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type answer struct {
	*http.Response
	body string
}

// ask sends a request; a form makes the method's body, header comes in pairs.
func (v *visitor) ask(method, address string, form url.Values, header ...string) answer {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "text/html") // as browsers do
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, address, err)
	}
	return answer{response, string(body)}
}

func (v *visitor) get(address string) answer {
	v.t.Helper()
	return v.ask(http.MethodGet, address, nil)
}

// signIn logs in at the site, as a browser that sends an Origin, which must equal the Host that arrives at the framework.
func (v *visitor) signIn(base, name string) answer {
	v.t.Helper()
	a := v.ask(http.MethodPost, base+"/login", credentials(name, site.Password, ""), "Origin", base)
	v.want(a, http.StatusSeeOther)
	return a
}

// home visits the first page, which counts.
func (v *visitor) home(base string) answer {
	v.t.Helper()
	a := v.get(base + "/")
	v.want(a, http.StatusOK)
	return a
}

// whoami returns what /whoami says of somebody who is signed in.
func (v *visitor) whoami(base string) (w site.Whoami) {
	v.t.Helper()
	a := v.get(base + "/whoami")
	v.want(a, http.StatusOK)
	if err := json.Unmarshal([]byte(a.body), &w); err != nil {
		v.t.Fatalf("%s/whoami: %v in %q", base, err, a.body)
	}
	return w
}

// token returns the cookie of the session.
func (v *visitor) token(base string) string {
	v.t.Helper()
	site, err := url.Parse(base)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(site) {
		if c.Name == "session" {
			return c.Value
		}
	}
	v.t.Fatal("there is no cookie of the session")
	return ""
}

func (v *visitor) want(a answer, status int) {
	v.t.Helper()
	if a.StatusCode != status {
		v.t.Fatalf("%s %s: got status %d, want %d; %q", a.Request.Method, a.Request.URL, a.StatusCode, status, a.body)
	}
}

func credentials(name, password, next string) url.Values {
	return url.Values{"name": {name}, "password": {password}, "next": {next}}
}
