package nethttpsession_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

func login(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Login("ada") }

func change(w http.ResponseWriter, r *http.Request) {
	s := nethttpsession.From(r)
	n, _ := clicks.Get(s)
	clicks.Set(s, n+1)
	fmt.Fprint(w, n+1)
}

func TestAGuardBelowStripPrefixRemembersThePathAskedFor(t *testing.T) {
	guard := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})
	mux := http.NewServeMux()
	sessions := nethttpsession.Middleware(manager(t, new(breakable)))
	mux.Handle("/shop/", http.StripPrefix("/shop", sessions(guard(http.HandlerFunc(change)))))
	mux.Handle("/login", sessions(http.HandlerFunc(login)))
	want(t, "location", get(mux, "/shop/cart?a=b", nil).Header().Get("Location"), "/login?next=%2Fshop%2Fcart%3Fa%3Db")
	want(t, "with a login", get(mux, "/shop/cart", get(mux, "/login", nil)).Body.String(), "1")
}

func TestATimeoutOutsideDropsTheAnswerAndKeepsTheChange(t *testing.T) {
	answered, wrote := make(chan struct{}), make(chan error, 1)
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-answered
		clicks.Set(nethttpsession.From(r), 7)
		_, err := io.WriteString(w, "too late")
		wrote <- err
	})
	sessions := nethttpsession.Middleware(manager(t, new(breakable)))
	mux := http.NewServeMux()
	mux.Handle("/", sessions(http.HandlerFunc(change)))
	mux.Handle("/slow", http.TimeoutHandler(sessions(slow), time.Millisecond, "took too long"))
	first := get(mux, "/", nil)
	w := get(mux, "/slow", first)
	close(answered)
	want(t, "status", w.Code, http.StatusServiceUnavailable)
	want(t, "body", w.Body.String(), "took too long")
	want(t, "cookies", len(w.Result().Cookies()), 0)
	want(t, "the handler learns that it is late", errors.Is(<-wrote, http.ErrHandlerTimeout), true)
	want(t, "clicks", get(mux, "/", first).Body.String(), "8")
}

func TestATimeoutInsideLeavesTheSessionToItsLateHandler(t *testing.T) {
	answered, saved := make(chan struct{}), make(chan error, 1)
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		clicks.Set(s, 7)
		<-answered
		s.Set("late", true)
		saved <- s.Save(r.Context())
	})
	sessions := nethttpsession.Middleware(manager(t, new(breakable)))
	mux := http.NewServeMux()
	mux.Handle("/", sessions(http.HandlerFunc(change)))
	mux.Handle("/slow", sessions(http.TimeoutHandler(slow, time.Millisecond, "took too long")))
	w := get(mux, "/slow", get(mux, "/", nil))
	close(answered)
	want(t, "status", w.Code, http.StatusServiceUnavailable)
	want(t, "body", w.Body.String(), "took too long")
	want(t, "a late Save", <-saved, nil)
}

func TestALimitedBodyOnEitherSide(t *testing.T) {
	read := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clicks.Set(nethttpsession.From(r), 7)
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		}
	})
	sessions := nethttpsession.Middleware(manager(t, new(breakable)))
	for name, h := range map[string]http.Handler{
		"outside": http.MaxBytesHandler(sessions(read), 3),
		"inside":  sessions(http.MaxBytesHandler(read, 3)),
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("four")))
		want(t, name+": status", w.Code, http.StatusRequestEntityTooLarge)
		want(t, name+": cookies", len(w.Result().Cookies()), 1)
	}
}

func TestTheErrorPageOfAFailedSaveIsAllThatTheClientGets(t *testing.T) {
	h := nethttpsession.Middleware(manager(t, &breakable{down: true}))(http.HandlerFunc(change))
	w := get(h, "/", nil)
	want(t, "status", w.Code, http.StatusServiceUnavailable)
	want(t, "body", w.Body.String(), core.ErrorText(http.StatusServiceUnavailable)+"\n")
	want(t, "cause", strings.Contains(w.Body.String(), errOutage.Error()), false)
}
