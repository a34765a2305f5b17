package examples_test

import (
	"net/http"
	"testing"

	"github.com/ringsession/ringsession/examples/site"
)

func TestOneLoginWorksInFourFrameworks(t *testing.T) {
	servers, list := startShards(t)
	bases := make(map[string]string)
	for _, p := range frameworks {
		bases[p.name] = serve(t, p, site.Config{Redis: list, Secret: secret})
	}
	for _, in := range frameworks {
		for _, out := range frameworks {
			if in.name == out.name {
				continue
			}
			t.Run("in by "+in.name+" and out by "+out.name, func(t *testing.T) {
				handOver(t, bases, in.name, out.name)
				if n := sessions(t, servers); n != 0 {
					t.Errorf("the shards keep %d sessions after the logout", n)
				}
			})
		}
	}
}

// handOver logs in by one framework, counts a visit in each, reads it in all, and logs out by another.
func handOver(t *testing.T, bases map[string]string, in, out string) {
	v := newVisitor(t)
	login := v.signIn(bases[in], "ada").Request.URL
	first := v.whoami(bases[in])
	visits := int64(0)
	for _, writer := range frameworks {
		if writer.name == in || writer.name == out {
			continue
		}
		visits++
		v.home(bases[writer.name])
		for _, reader := range frameworks {
			want := first
			want.Visits, want.Framework = visits, reader.name
			if got := v.whoami(bases[reader.name]); got != want {
				t.Errorf("after a visit to %s: got %+v, want %+v", writer.name, got, want)
			}
		}
	}
	held := v.client.Jar.Cookies(login)
	v.want(v.ask(http.MethodPost, bases[out]+"/logout", nil), http.StatusSeeOther)
	if left := v.client.Jar.Cookies(login); len(left) != 0 {
		t.Errorf("after the logout the browser keeps %v", left)
	}
	v.client.Jar.SetCookies(login, held)
	for _, reader := range frameworks {
		v.want(v.get(bases[reader.name]+"/whoami"), http.StatusUnauthorized)
	}
}
