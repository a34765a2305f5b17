package examples_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Each customer keeps a note and visits the home page, so many times. Their number has no divisor with that of the processes
// in common, so that customers in step do not stick to a process each.
const (
	customers   = 25
	perCustomer = 20
)

var homePage = regexp.MustCompile(`<h1>Hello, ([^!]+)!</h1>[\s\S]*<dt>Visits</dt><dd>(\d+)</dd>[\s\S]*` +
	`<dt>Served by</dt><dd>([^<]+)</dd>[\s\S]*name="note" value="([^"]*)"`)

func TestNobodyBehindNginxNoticesThatAProcessWasKilled(t *testing.T) {
	findNginx(t)
	_, list := startShards(t)
	var addrs [4]string
	var victim *process
	for i, name := range []string{"nethttp", "gin", "echo", "fiber"} {
		p := launch(t, name, "-redis", list, "-secret", secret)
		addrs[i] = strings.TrimPrefix(p.url(), "http://")
		if name == "gin" {
			victim = p
		}
	}
	n := startNginx(t, addrs)
	var turns, unsure atomic.Int64
	var answered sync.Map // frameworks
	use := func(v *visitor, name string) {
		visits, note := 0, ""
		for turn := range perCustomer {
			if turns.Add(1) == customers*perCustomer/2 {
				_ = victim.cmd.Process.Kill()
				<-victim.ended
			}
			now := fmt.Sprintf("note %d of %s", turn, name)
			a := v.ask(http.MethodPost, n.url()+"/note", url.Values{"note": {now}}, "Origin", n.url())
			kept := a.StatusCode == http.StatusSeeOther && a.Header.Get("Location") == "/"
			if !kept {
				v.want(a, http.StatusBadGateway)
				unsure.Add(1)
			}
			body := v.home(n.url()).body
			page := homePage.FindStringSubmatch(body)
			if page == nil || page[1] != name {
				t.Errorf("%s was logged out:\n%s", name, body)
				return
			}
			counted, _ := strconv.Atoi(page[2])
			if counted == visits+2 { // nginx has sent the GET again
				unsure.Add(1)
			} else if counted != visits+1 {
				t.Errorf("visit %d of %s came after visit %d", counted, name, visits)
			}
			if page[4] != now && (kept || page[4] != note) {
				t.Errorf("%s kept %q after %q, and got %q", name, now, note, page[4])
			}
			visits, note = counted, page[4]
			answered.Store(page[3], true)
		}
	}
	var all sync.WaitGroup
	for i := range customers {
		v, name := n.visitor(t), fmt.Sprint("customer-", i)
		v.signIn(n.url(), name)
		all.Go(func() { use(v, name) })
	}
	all.Wait()
	for _, p := range frameworks {
		if _, ok := answered.Load(p.name); !ok {
			t.Errorf("%s answered nothing", p.name)
		}
	}
	// A customer has one request in flight at a time.
	if n := unsure.Load(); n > customers {
		t.Errorf("%d notes were refused or visits counted twice, want %d at most", n, customers)
	}
}
