package faults

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

const cookieName = "__Host-session"

// A visit is one request of a browser.
type visit struct {
	path, shard string
	status      int
	fresh       bool // the visitor had no cookie
	begin, end  time.Duration
}

// A browser is one visitor, who does one thing after the other and knows what the answer must be.
type browser struct {
	l    *lab
	name string
	site site
	rng  *rand.Rand

	cookie string
	shard  string
	login  visit    // the latest that was acknowledged
	write  visit    // the latest that was
	values []string // any of which may be stored: the latest that was acknowledged first
	log    []string

	doubtful []string // writes of which nobody knows
}

// browse is one visitor after the other, until the run is over.
func (l *lab) browse(number int, s site) {
	// Visitors of different age, so that every fault meets new ones.
	l.wait(l.pace.every * time.Duration(requests*number) / time.Duration(l.pace.browsers))
	for life := 0; !l.over(); life++ {
		rng := rand.New(rand.NewPCG(l.seed^0xb0b, uint64(number<<20+life)))
		b := &browser{l: l, site: s, rng: rng, name: fmt.Sprintf("b%d.%d", number, life)}
		b.live()
	}
}

// requests is how many a visitor makes.
const requests = 15

// live is a visit from the first page to the logout. It ends early where nobody knows which cookie is the right one.
func (b *browser) live() {
	if b.put("first"); b.cookie == "" {
		return
	}
	before := b.cookie
	if b.login = b.ask("/login", b.name, b.cookie); b.login.status != http.StatusOK {
		return
	}
	b.dead(before, b.login, "before its login")
	for i := range 10 {
		if b.l.over() {
			return
		}
		switch b.rng.IntN(3) {
		case 0:
			b.put(fmt.Sprint(i))
		case 1:
			b.read()
		default:
			b.account()
		}
		if b.cookie == "" {
			return
		}
	}
	cookie := b.cookie
	for range 40 {
		if v := b.ask("/logout", "", cookie); v.status == http.StatusOK {
			b.dead(cookie, v, "after its logout")
			return
		}
	}
}

func (b *browser) put(value string) {
	value = b.name + "." + value
	before := b.cookie
	v := b.ask("/write", value, b.cookie)
	if before != "" && b.cookie != before {
		b.lost(v) // the write made a session of its own
		return
	}
	switch v.status {
	case http.StatusOK:
		// One of which nobody knows may still be on its way, and take effect after this one.
		b.write, b.values = v, append([]string{value}, b.doubtful...)
	case http.StatusServiceUnavailable:
		b.values, b.doubtful = append(b.values, value), append(b.doubtful, value)
	}
}

func (b *browser) read() {
	v, body := b.request("/read", "", b.cookie)
	user, value, _ := strings.Cut(body, " ")
	switch {
	case v.status != http.StatusOK:
	case user == "":
		b.lost(v)
	case user != b.name:
		b.l.problem("a read of another session: %s got %q\n%s", b.name, body, b.history())
	case !slices.Contains(b.values, value):
		b.suspect(setBack, b.write, fmt.Sprintf("the read has %q, want one of %q", value, b.values))
		b.cookie = ""
	}
}

func (b *browser) account() {
	v, body := b.request("/account", "", b.cookie)
	switch {
	case v.status == http.StatusUnauthorized:
		b.lost(v)
	case v.status == http.StatusOK && body != b.name:
		b.l.problem("a guarded page for another user: %s got %q\n%s", b.name, body, b.history())
	}
}

// lost is a visitor without a login who has not logged out.
func (b *browser) lost(now visit) {
	b.suspect(lost, b.login, fmt.Sprintf("logged out by accident at %.3f ms", ms(now.begin)))
	b.cookie = ""
}

// dead asks for the guarded page with a cookie that must not be worth anything any more.
func (b *browser) dead(cookie string, since visit, when string) {
	v, body := b.request("/account", "", cookie)
	if v.status == http.StatusOK {
		b.suspect(revived, since, fmt.Sprintf("the guarded page ran for %q with the cookie of %s", body, when))
	}
}

// ask makes a request for which only the status counts.
func (b *browser) ask(path, argument, cookie string) visit {
	v, _ := b.request(path, argument, cookie)
	return v
}

func (b *browser) request(path, argument, cookie string) (visit, string) {
	due := time.Now().Add(b.l.pace.every)
	defer func() { b.l.wait(time.Until(due)) }()
	ctx := context.WithValue(context.Background(), proofKey{}, new(proof))
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path+"?v="+argument, nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookieName+"="+cookie)
	}
	v := visit{path: path, shard: b.shard, fresh: cookie == "", begin: b.l.clock()}
	response, err := b.site(r)
	v.end = b.l.clock()
	if err != nil {
		b.l.problem("no response: %v", err)
		return v, ""
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	v.status = response.StatusCode
	b.receive(&v, response.Cookies())
	b.log = append(b.log, fmt.Sprintf("%10.3f to %10.3f ms: %s?v=%s: %d %s", ms(v.begin), ms(v.end), path, argument, v.status, body))
	switch v.status {
	case http.StatusOK, http.StatusUnauthorized, http.StatusServiceUnavailable:
	default:
		b.l.problem("status %d\n%s", v.status, b.history())
	}
	b.l.mu.Lock()
	b.l.visits = append(b.l.visits, v)
	b.l.mu.Unlock()
	return v, string(body)
}

// receive takes the cookie of a response.
func (b *browser) receive(v *visit, cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.MaxAge < 0 {
			b.cookie = ""
			continue
		}
		b.cookie = c.Value
		b.shard = b.l.owner(c.Value[:store.PlaceLen]) // a cookie begins with it
		v.shard = b.shard
	}
}

func (b *browser) history() string {
	return "the visitor's requests:\n  " + strings.Join(b.log, "\n  ")
}
