package nethttpsession_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/internal/chaintest"
	"github.com/ringsession/ringsession/nethttpsession"
)

func login(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Login("ada") }

func change(w http.ResponseWriter, r *http.Request) {
	s := nethttpsession.From(r)
	n, _ := chaintest.Clicks.Get(s)
	chaintest.Clicks.Set(s, n+1)
	fmt.Fprint(w, n+1)
}

func TestAGuardBelowStripPrefixRemembersThePathAskedFor(t *testing.T) {
	guard := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})
	mux := http.NewServeMux()
	sessions := nethttpsession.Middleware(chaintest.Manager(new(chaintest.Store)))
	mux.Handle("/shop/", http.StripPrefix("/shop", sessions(guard(http.HandlerFunc(change)))))
	mux.Handle("/login", sessions(http.HandlerFunc(login)))
	chaintest.Want(t, "location", chaintest.Get(mux, "/shop/cart?a=b", nil).Header().Get("Location"), "/login?next=%2Fshop%2Fcart%3Fa%3Db")
	chaintest.Want(t, "with a login", chaintest.Get(mux, "/shop/cart", chaintest.Get(mux, "/login", nil)).Body.String(), "1")
}

func TestATimeoutOutsideDropsTheAnswerAndKeepsTheChange(t *testing.T) {
	answered, wrote := make(chan struct{}), make(chan error, 1)
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-answered
		chaintest.Clicks.Set(nethttpsession.From(r), 7)
		_, err := io.WriteString(w, "too late")
		wrote <- err
	})
	sessions := nethttpsession.Middleware(chaintest.Manager(new(chaintest.Store)))
	mux := http.NewServeMux()
	mux.Handle("/", sessions(http.HandlerFunc(change)))
	mux.Handle("/slow", http.TimeoutHandler(sessions(slow), time.Millisecond, "took too long"))
	first := chaintest.Get(mux, "/", nil)
	w := chaintest.Get(mux, "/slow", first)
	close(answered)
	chaintest.Want(t, "status", w.Code, http.StatusServiceUnavailable)
	chaintest.Want(t, "body", w.Body.String(), "took too long")
	chaintest.Want(t, "cookies", len(w.Result().Cookies()), 0)
	chaintest.Want(t, "the handler learns that it is late", errors.Is(<-wrote, http.ErrHandlerTimeout), true)
	chaintest.Want(t, "chaintest.Clicks", chaintest.Get(mux, "/", first).Body.String(), "8")
}

func TestATimeoutInsideLeavesTheSessionToItsLateHandler(t *testing.T) {
	answered, saved := make(chan struct{}), make(chan error, 1)
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		chaintest.Clicks.Set(s, 7)
		<-answered
		s.Set("late", true)
		saved <- s.Save(r.Context())
	})
	sessions := nethttpsession.Middleware(chaintest.Manager(new(chaintest.Store)))
	mux := http.NewServeMux()
	mux.Handle("/", sessions(http.HandlerFunc(change)))
	mux.Handle("/slow", sessions(http.TimeoutHandler(slow, time.Millisecond, "took too long")))
	w := chaintest.Get(mux, "/slow", chaintest.Get(mux, "/", nil))
	close(answered)
	chaintest.Want(t, "status", w.Code, http.StatusServiceUnavailable)
	chaintest.Want(t, "body", w.Body.String(), "took too long")
	chaintest.Want(t, "a late Save", <-saved, nil)
}

func TestMiddlewareThatWrapsTheWriterGoesOnEitherSide(t *testing.T) {
	limit := func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "late") }
	refusal := adapter.ErrorText(http.StatusServiceUnavailable) + "\n"
	for name, wrap := range map[string]func(http.Handler) http.Handler{"gzip": chaintest.Gzip, "a time limit": limit} {
		store := new(chaintest.Store)
		sessions := nethttpsession.Middleware(chaintest.Manager(store))
		chaintest.Wrapped(t, name+" outside", wrap(sessions(http.HandlerFunc(change))), store, "1", refusal)
		chaintest.Wrapped(t, name+" inside", sessions(wrap(http.HandlerFunc(change))), store, "1", refusal)
	}
}

func TestALimitedBodyOnEitherSide(t *testing.T) {
	read := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chaintest.Clicks.Set(nethttpsession.From(r), 7)
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		}
	})
	sessions := nethttpsession.Middleware(chaintest.Manager(new(chaintest.Store)))
	for name, h := range map[string]http.Handler{
		"outside": http.MaxBytesHandler(sessions(read), 3),
		"inside":  sessions(http.MaxBytesHandler(read, 3)),
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("four")))
		chaintest.Want(t, name+": status", w.Code, http.StatusRequestEntityTooLarge)
		chaintest.Want(t, name+": cookies", len(w.Result().Cookies()), 1)
	}
}

func TestAnErrorPageFindsTheSession(t *testing.T) {
	store := new(chaintest.Store)
	m, err := core.New(store, bytes.Repeat([]byte("s"), 32), &core.Options{
		Logger: slog.New(slog.DiscardHandler),
		ErrorPage: func(w http.ResponseWriter, r *http.Request, status int, _ error) {
			_, found := core.FromContext(r.Context())
			http.Error(w, fmt.Sprint(found), status)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", change)
	mux.Handle("/guarded", nethttpsession.LoginRequired(core.Guard{})(http.HandlerFunc(change)))
	h := nethttpsession.Middleware(m)(mux)
	chaintest.Want(t, "401", chaintest.Get(h, "/guarded", nil).Body.String(), "true\n")
	store.Down = true
	chaintest.Want(t, "503", chaintest.Get(h, "/", nil).Body.String(), "true\n")
	cross := chaintest.Request("/", nil, "Sec-Fetch-Site", "cross-site")
	cross.Method = http.MethodPost
	w := httptest.NewRecorder()
	h.ServeHTTP(w, cross)
	chaintest.Want(t, "403", w.Body.String(), "false\n")
}

func TestAProxyWhoseServerDiesCutsTheAnswer(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer backend.Close()
	target, _ := url.Parse(backend.URL)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	store := new(chaintest.Store)
	front := httptest.NewServer(nethttpsession.Middleware(chaintest.Manager(store))(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			chaintest.Clicks.Set(nethttpsession.From(r), 7)
			proxy.ServeHTTP(w, r)
		})))
	defer front.Close()
	for _, down := range []bool{false, true} {
		store.Down = down
		answer, err := front.Client().Get(front.URL)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		chaintest.Want(t, fmt.Sprintf("down %v: it is a 503", down), answer.StatusCode == http.StatusServiceUnavailable, down)
		chaintest.Want(t, fmt.Sprintf("down %v: the body breaks off", down), err != nil, !down)
	}
}
