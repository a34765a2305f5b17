package examples_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/internal/redistest"
)

func TestADeadShardIsSaidAndLogsNobodyOut(t *testing.T) {
	server := redistest.Start(t)
	list := server.URL() + "?name=a"
	bases := make(map[string]string)
	visitors := make(map[string]*visitor)
	for _, p := range programs {
		bases[p.name] = serve(t, p, site.Config{Redis: list, Secret: secret})
		visitors[p.name] = newVisitor(t)
		visitors[p.name].signIn(bases[p.name], "ada")
	}
	server.Kill()
	for name, v := range visitors {
		base := bases[name]
		for _, a := range []answer{
			v.ask(http.MethodGet, base+"/", nil, "Accept", "*/*"),
			v.ask(http.MethodGet, base+"/whoami", nil, "Accept", "*/*"),
			v.ask(http.MethodPost, base+"/login", credentials("bob", site.Password, ""), "Accept", "*/*"),
			v.ask(http.MethodPost, base+"/logout", nil, "Accept", "*/*"),
		} {
			v.want(a, http.StatusServiceUnavailable)
			if got := strings.TrimSpace(a.body); got != `{"error":"Sessions are unavailable for the moment. Please try again."}` {
				t.Errorf("%s: %s %s said %q", name, a.Request.Method, a.Request.URL.Path, got)
			}
			if len(a.Cookies()) > 0 {
				t.Errorf("%s: %s %s changed the cookie: %v", name, a.Request.Method, a.Request.URL.Path, a.Cookies())
			}
		}
	}
}
