package examples_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/internal/redistest"
)

// P12, R6: whoever reads all that Redis gets, keeps and logs can make no cookie.
func TestRedisNeverSeesASecret(t *testing.T) {
	servers, list := startShards(t)
	var wires []func() string
	for _, server := range servers {
		if err := server.Client().ConfigSet(t.Context(), "slowlog-log-slower-than", "0").Err(); err != nil {
			t.Fatal(err)
		}
		server.Client().ConfigSet(t.Context(), "slowlog-max-len", "100000")
		wires = append(wires, monitor(t, server))
	}
	issued := new(issuer)
	for _, p := range frameworks {
		base := serve(t, p, site.Config{Redis: list, Secret: secret})
		v := newVisitor(t)
		issued.RoundTripper = v.client.Transport
		v.client.Transport = issued
		v.home(base + "/login?")
		v.signIn(base, "ada")
		v.home(base)
		v.signIn(base, "ada") // again, which renews
		former := v.client.Jar.Cookies(v.get(base + "/whoami").Request.URL)
		v.signIn(base, "bob")
		v.home(base)
		v.get(base + "/devices")
		v.ask(http.MethodPost, base+"/devices/end-others", nil)
		v.ask(http.MethodPost, base+"/confirm", credentials("", site.Password, "")) // which renews
		v.want(v.ask(http.MethodPost, base+"/logout", nil), http.StatusSeeOther)
		v.client.Jar.SetCookies(v.get(base+"/login").Request.URL, former)
		v.get(base + "/whoami") // with an id that was renewed
		v.ask(http.MethodPost, base+"/logout", nil)
	}
	if len(issued.tokens) < 3*len(frameworks) {
		t.Fatalf("%d cookies were set", len(issued.tokens))
	}
	for i, server := range servers {
		seen := wires[i]() + dump(t, server)
		for _, token := range issued.tokens {
			id, mac, _ := strings.Cut(token, ".")
			if strings.Contains(seen, id[store.PlaceLen:][:16]) || strings.Contains(seen, mac) {
				t.Errorf("server %d saw a secret part of the cookie %s", i, token)
			}
		}
		issued.found += strings.Count(seen, "session:")
	}
	if issued.found < 100 {
		t.Errorf("the search covers %d keys only", issued.found)
	}
}

// An issuer notes the tokens that responses set.
type issuer struct {
	http.RoundTripper
	tokens []string
	found  int
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := i.RoundTripper.RoundTrip(r)
	if err == nil {
		for _, cookie := range answer.Cookies() {
			if len(cookie.Value) > store.PlaceLen {
				i.tokens = append(i.tokens, cookie.Value)
			}
		}
	}
	return answer, err
}

// monitor returns what reads all that the server was asked in the meantime.
func monitor(t *testing.T, server *redistest.Server) (asked func() string) {
	t.Helper()
	c, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	lines := bufio.NewScanner(c)
	lines.Buffer(nil, 1<<20) // a script is one line
	if _, err := io.WriteString(c, "MONITOR\r\n"); err != nil || !lines.Scan() || lines.Text() != "+OK" {
		t.Fatalf("MONITOR: %q, %v", lines.Text(), err)
	}
	return func() string {
		var all strings.Builder
		for server.Client().Echo(t.Context(), "the end"); lines.Scan() && !strings.Contains(lines.Text(), `"the end"`); {
			all.WriteString(lines.Text() + "\n")
		}
		if err := lines.Err(); err != nil {
			t.Errorf("MONITOR breaks off: %v", err)
		}
		return all.String()
	}
}

// dump returns all keys with their values, and the slow log.
func dump(t *testing.T, server *redistest.Server) string {
	t.Helper()
	c, ctx := server.Client(), t.Context()
	keys, err := c.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(keys)
	for _, key := range keys {
		text += fmt.Sprint(c.HGetAll(ctx, key).Val(), c.ZRange(ctx, key, 0, -1).Val())
	}
	slow, err := c.SlowLogGet(ctx, -1).Result()
	if err != nil || len(slow) == 0 {
		t.Fatalf("the slow log has %d entries, error %v", len(slow), err)
	}
	for _, entry := range slow {
		text += fmt.Sprintln(entry.Args)
	}
	return text
}
