package migrations_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
)

// A browser keeps its cookies while the program behind the address changes.
type browser struct {
	*recipetest.Visitor
	t       *testing.T
	handler http.Handler
}

func newBrowser(t *testing.T, handler http.Handler) *browser {
	t.Helper()
	b := &browser{t: t, handler: handler}
	b.Visitor = recipetest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.handler.ServeHTTP(w, r) }))
	return b
}

func (b *browser) serve(handler http.Handler) { b.handler = handler }

func (b *browser) address() *url.URL {
	u, err := url.Parse(b.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

func (b *browser) cookies() []*http.Cookie     { return b.Client().Jar.Cookies(b.address()) }
func (b *browser) keep(cookies []*http.Cookie) { b.Client().Jar.SetCookies(b.address(), cookies) }

// ask returns the status, and the text or where to go, without the query. It follows a 307, which the take-over sends. A POST
// carries the fields of a form, and the number of a user.
func (b *browser) ask(method, path string, fields ...string) string {
	b.t.Helper()
	form := strings.Join(append(fields, "user=7"), "&")
	reply := b.Do(method, path, form, "Content-Type", "application/x-www-form-urlencoded")
	for range 3 {
		if reply.Status == http.StatusTemporaryRedirect {
			reply = b.Do(method, reply.Header.Get("Location"), form, "Content-Type", "application/x-www-form-urlencoded")
		}
	}
	if to := reply.Header.Get("Location"); to != "" {
		to, _, _ = strings.Cut(to, "?")
		return fmt.Sprintf("%d to %s", reply.Status, to)
	}
	return fmt.Sprintf("%d %s", reply.Status, reply.Body)
}
