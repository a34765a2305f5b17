package examples_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/ringsession/ringsession/examples/site"
)

// A customer uses a site, one request after the other, and checks each answer against what was acknowledged before.
type customer struct {
	client *http.Client
	base   string
	name   string
	report *report

	visits int
	note   string
	unsure string // a note that may have been kept: its answer was lost
}

// A report is what happened to all customers together.
type report struct {
	mu       sync.Mutex
	answered map[string]int // by framework
	refused  int            // POSTs with 502: in flight on a process that died
	repeated int            // visits that were counted twice: GETs that were sent again
}

func newCustomer(client *http.Client, base, name string, r *report) (*customer, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	client.Jar = jar
	return &customer{client: client, base: base, name: name, report: r}, nil
}

// use makes the request that is due, of three kinds by turns.
func (c *customer) use(ctx context.Context, turn int) error {
	switch turn % 3 {
	case 0:
		return c.visit(ctx)
	case 1:
		return c.keepNote(ctx, fmt.Sprintf("note %d of %s", turn, c.name))
	}
	return c.ask(ctx)
}

func (c *customer) signIn(ctx context.Context) error {
	status, to, body, err := c.send(ctx, http.MethodPost, "/login", credentials(c.name, site.Password, "").Encode())
	if err == nil && (status != http.StatusSeeOther || to != "/") {
		err = fmt.Errorf("%s could not sign in: %d to %q\n%s", c.name, status, to, body)
	}
	return err
}

var homePage = regexp.MustCompile(`<h1>Hello, ([^!]+)!</h1>[\s\S]*<dt>Visits</dt><dd>(\d+)</dd>[\s\S]*<dt>Served by</dt><dd>([^<]+)</dd>[\s\S]*name="note" value="([^"]*)"`)

// visit opens the home page, which counts a visit and shows the note.
func (c *customer) visit(ctx context.Context) error {
	status, to, body, err := c.send(ctx, http.MethodGet, "/", "")
	if err != nil {
		return err
	}
	page := homePage.FindStringSubmatch(body)
	if status != http.StatusOK || page == nil || page[1] != c.name {
		return fmt.Errorf("%s was logged out: %d to %q\n%s", c.name, status, to, body)
	}
	visits, _ := strconv.Atoi(page[2])
	repeated := visits == c.visits+2
	if visits != c.visits+1 && !repeated {
		return fmt.Errorf("visit %d of %s came after visit %d", visits, c.name, c.visits)
	}
	note := html.UnescapeString(page[4])
	if note != c.note && note != c.unsure {
		return fmt.Errorf("%s kept the note %q and got %q", c.name, c.note, note)
	}
	c.visits, c.note, c.unsure = visits, note, note
	c.report.answer(page[3], repeated)
	return nil
}

func (c *customer) keepNote(ctx context.Context, note string) error {
	status, to, body, err := c.send(ctx, http.MethodPost, "/note", url.Values{"note": {note}}.Encode())
	switch {
	case err != nil:
		return err
	case status == http.StatusBadGateway:
		c.unsure = note
		c.report.refuse()
	case status == http.StatusSeeOther && to == "/":
		c.note, c.unsure = note, note
	default:
		return fmt.Errorf("the note of %s was not kept: %d to %q\n%s", c.name, status, to, body)
	}
	return nil
}

// ask asks who is signed in.
func (c *customer) ask(ctx context.Context) error {
	status, _, body, err := c.send(ctx, http.MethodGet, "/whoami", "")
	if err != nil {
		return err
	}
	rest, mine := strings.CutPrefix(body, fmt.Sprintf(`{"user":%q,"visits":%d,"framework":"`, c.name, c.visits))
	if status != http.StatusOK || !mine {
		return fmt.Errorf("%s after %d visits was told %d %s", c.name, c.visits, status, body)
	}
	framework, _, _ := strings.Cut(rest, `"`)
	c.report.answer(framework, false)
	return nil
}

func (c *customer) send(ctx context.Context, method, path, form string) (status int, to, body string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(form))
	if err != nil {
		return 0, "", "", err
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", c.base)
	}
	response, err := c.client.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header.Get("Location"), string(text), err
}

func (r *report) answer(framework string, repeated bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answered[framework]++
	if repeated {
		r.repeated++
	}
}

func (r *report) refuse() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused++
}

// take returns what was answered since the last time.
func (r *report) take() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.answered
	r.answered = make(map[string]int)
	return taken
}
