package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/ringsession/ringsession/examples/site"
)

// A client is a browser of its own: it has its own cookies, and comes in by the front door as everybody does.
type client struct {
	http  http.Client
	base  string
	agent string // User-Agent
}

func newClient(base string, transport http.RoundTripper) *client {
	jar, _ := cookiejar.New(nil) // which never fails
	return &client{base: base, http: http.Client{
		Jar: jar, Transport: transport, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// cookies returns what the browser has for the site.
func (c *client) cookies() []*http.Cookie {
	base, _ := url.Parse(c.base) // which the demo has made
	return c.http.Jar.Cookies(base)
}

func (c *client) setCookies(cookies []*http.Cookie) {
	base, _ := url.Parse(c.base)
	c.http.Jar.SetCookies(base, cookies)
}

// patience is how often a client tries to sign in while sessions are unavailable.
const patience = 5

// signIn signs in at the login page.
func (c *client) signIn(ctx context.Context, user string) error {
	form := url.Values{"name": {user}, "password": {site.Password}}
	for try := 1; ; try++ {
		status, _, err := c.ask(ctx, http.MethodPost, "/login", form)
		switch {
		case err != nil || status == http.StatusSeeOther:
			return err
		case status != http.StatusServiceUnavailable || try == patience:
			return fmt.Errorf("signing in %q: %s", user, http.StatusText(status))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second): // as Retry-After says
		}
	}
}

// whoami asks who is signed in. Without a login it is nobody.
func (c *client) whoami(ctx context.Context) (who site.Whoami, status int, err error) {
	status, body, err := c.ask(ctx, http.MethodGet, "/whoami", nil)
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(body, &who)
	}
	return who, status, err
}

func (c *client) ask(ctx context.Context, method, path string, form url.Values) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	if c.agent != "" {
		r.Header.Set("User-Agent", c.agent)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}
