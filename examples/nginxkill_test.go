package examples_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Requests of the customers, logins included. Their number has no divisor with that of the processes in common, so that
// customers in step do not stick to a process each.
const (
	customers   = 25
	perCustomer = 40
)

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
	all := &report{answered: make(map[string]int)}

	var before map[string]int
	kill := func() {
		_ = victim.cmd.Process.Kill()
		<-victim.ended
		before = all.take()
	}
	if err := serveCustomers(t, n, all, kill); err != nil {
		t.Fatal(err)
	}
	after := all.take()
	t.Logf("answered before the kill: %v, after it: %v; refused: %d, repeated: %d", before, after, all.refused, all.repeated)
	// What the process answered before it was killed, a customer may count when it is dead.
	if after["Gin"] > customers {
		t.Errorf("the killed process answered %d requests", after["Gin"])
	}
	delete(after, "Gin")
	wantShares(t, "before the kill", before, 4)
	wantShares(t, "after the kill", after, 3)
	// A customer has one request in flight at a time.
	if all.refused+all.repeated > customers {
		t.Errorf("%d requests were refused and %d visits counted twice, want %d together at most", all.refused, all.repeated, customers)
	}
}

// wantShares checks that so many frameworks answered, and none of them just a few of a half of the requests.
func wantShares(t *testing.T, when string, answered map[string]int, frameworks int) {
	t.Helper()
	if len(answered) != frameworks {
		t.Errorf("%s, %v answered, want %d", when, answered, frameworks)
	}
	for name, n := range answered {
		if n < customers*perCustomer/20 {
			t.Errorf("%s, %s answered %d requests: %v", when, name, n, answered)
		}
	}
}

// serveCustomers lets all customers make their requests at the same time, and calls halfWay once meanwhile.
func serveCustomers(t *testing.T, n *nginx, all *report, halfWay func()) error {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var requests atomic.Int64
	ended := make(chan error, customers)
	for i := range customers {
		c, err := newCustomer(n.newClient(t), n.url(), fmt.Sprint("customer-", i), all)
		if err != nil {
			return err
		}
		go func() {
			err := c.signIn(ctx)
			for turn := 1; err == nil && turn < perCustomer; turn++ {
				if requests.Add(1) == customers*perCustomer/2 {
					halfWay()
				}
				err = c.use(ctx, turn)
			}
			ended <- err
		}()
	}
	var err error
	for range customers {
		err = errors.Join(err, <-ended)
	}
	return err
}
