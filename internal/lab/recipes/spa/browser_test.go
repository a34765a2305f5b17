package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/chromium"
)

// hosts are the names of the recipe.
const hosts = "MAP app.example.net 127.0.0.1, MAP app.example.com 127.0.0.1, MAP api.example.com 127.0.0.1"

// serveAs serves the handler under a name that only the browser knows.
func serveAs(t *testing.T, name string, h http.Handler) (origin string) {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", name, 1)
}

// visit is a user who opens the page, is asked to sign in, and signs out.
const visit = `import("/api.js").then(async ({ api }) => {
	const said = [];
	const login = () => api("POST", "/login", { user: "ada", password: "open sesame" });
	const ask = async (...call) => said.push(await api(...call).then(JSON.stringify, e => e.message));
	await ask("GET", "/me");
	await ask("GET", "/me", undefined, login);
	await ask("GET", "/me");
	await ask("POST", "/logout", {});
	await ask("GET", "/me");
	return said.join("\n");
})`

const (
	visited = "GET /me: 401 {\"error\":\"Login required.\",\"needs\":\"login\"}\n\n" +
		"{\"user\":\"ada\"}\n{\"user\":\"ada\"}\nnull\n" +
		"GET /me: 401 {\"error\":\"Login required.\",\"needs\":\"login\"}\n"
	// Without its cookie every request is a guest's.
	lost = "GET /me: 401 {\"error\":\"Login required.\",\"needs\":\"login\"}\n\n" +
		"GET /me: 401 {\"error\":\"Login required.\",\"needs\":\"login\"}\n\n" +
		"GET /me: 401 {\"error\":\"Login required.\",\"needs\":\"login\"}\n\nnull\n" +
		"GET /me: 401 {\"error\":\"Login required.\",\"needs\":\"login\"}\n"
	blocked = "Failed to fetch\nFailed to fetch\nFailed to fetch\nFailed to fetch\nFailed to fetch"
)

var unpartitioned = core.Cookie{SameSite: http.SameSiteNoneMode}

// The table of docs/recipes/single-page-application.md, with the page's script.
func TestThePagesScriptInChromium(t *testing.T) {
	script, err := os.ReadFile("api.js")
	if err != nil {
		t.Fatal(err)
	}
	browser, end := chromium.New(chromium.Path(t), hosts, chromedp.IgnoreCertErrors)
	defer end()
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, page string
		allowed    bool // its origin
		cookie     core.Cookie
		want       string
	}{
		{"another site", "app.example.net", true, options("").Cookie, visited},
		{"another site, not partitioned", "app.example.net", true, unpartitioned, lost},
		{"another site, with the default cookie", "app.example.net", true, core.Cookie{}, lost},
		{"the same site, with the default cookie", "app.example.com", true, core.Cookie{}, visited},
		{"an origin that is not allowed", "app.example.com", false, core.Cookie{}, blocked},
	} {
		var source string
		pages := http.NewServeMux()
		pages.HandleFunc("GET /{$}", func(http.ResponseWriter, *http.Request) {})
		pages.HandleFunc("GET /api.js", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, source)
		})
		from := serveAs(t, row.page, pages)
		origin := from
		if !row.allowed {
			origin = page
		}
		opts := options(origin)
		opts.Cookie = row.cookie
		api := serveAs(t, "api.example.com", newApp(sessiontest.New(t, opts), origin))
		source = strings.Replace(string(script), "https://api.example.com", api, 1)

		// Such a context is a private window, which keeps no cookies of other sites.
		tab, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
		defer cancel()
		if _, err := chromedp.Run(tab, chromedp.Navigate(from+"/")); err != nil {
			t.Fatal(err)
		}
		got, err := chromedp.Run(tab, chromedp.Evaluate[string](visit, chromedp.EvalAwaitPromise))
		if err != nil || got != row.want {
			t.Errorf("%s: error %v, got\n%s\nwant\n%s", row.name, err, got, row.want)
		}
	}
}
