package examples_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestNginx(t *testing.T) {
	findNginx(t)
	for _, tt := range []struct {
		rule  string
		check func(*fleet)
	}{
		{"one visitor's requests go to all servers in turn", turns},
		{"connections to the servers are kept", connectionsAreKept},
		{"servers learn the host, the scheme and the address of the client, whatever it claims", forwarded},
		{"nothing is cached and every cookie arrives", cookiesArrive},
		{"events leave as they come", eventsLeave},
		{"a GET in flight on a server that dies is sent to one other", getIsRetried},
		{"a POST in flight on a server that dies is sent to no other", postIsNot},
		{"a POST that a server refuses to take is sent to another", refusedPostIs},
		{"a 503 is the answer", unavailableIsNot},
		{"plain HTTP leads to TLS", plainLeadsToTLS},
	} {
		t.Run(tt.rule, func(t *testing.T) { tt.check(newFleet(t)) })
	}
}

func turns(f *fleet) {
	for range 40 {
		f.ask(http.MethodGet, f.nginx.url(), nil, "Cookie", "session=ada")
	}
	if got, want := f.requests(), [4]int{10, 10, 10, 10}; got != want {
		f.t.Errorf("the servers got %v requests, want %v", got, want)
	}
}

func connectionsAreKept(f *fleet) {
	for range 200 {
		f.post(f.nginx.url())
	}
	// The client has one connection, so one worker of nginx needs one to each server.
	if n := f.conns.Load(); n > 8 {
		f.t.Errorf("nginx opened %d connections for 200 requests, want 4", n)
	}
}

func forwarded(f *fleet) {
	f.will(func(_ int, w http.ResponseWriter, r *http.Request) {
		h := r.Header
		fmt.Fprintln(w, r.Proto, r.Host, r.RequestURI, h["X-Forwarded-For"], h["X-Forwarded-Host"], h["X-Forwarded-Proto"])
	})
	want := fmt.Sprintf("HTTP/1.1 %s /a%%2Fb?next=/c?d [127.0.0.1] [%[1]s] [https]\n", f.nginx.secure)
	for _, claim := range [][]string{nil, {"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "http"}} {
		if got := f.ask(http.MethodGet, f.nginx.url()+"/a%2Fb?next=/c?d", nil, claim...).body; got != want {
			f.t.Errorf("got %q, want %q", got, want)
		}
	}
}

func cookiesArrive(f *fleet) {
	f.will(func(server int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		http.SetCookie(w, &http.Cookie{Name: "session", Value: fmt.Sprint("of-", server), Path: "/", Secure: true})
		fmt.Fprint(w, r.Header["Cookie"])
	})
	for i := range 4 {
		a := f.ask(http.MethodGet, f.nginx.url(), nil, "Cookie", fmt.Sprint("session=", i))
		want := fmt.Sprintf("[session=%d] [session=of-%d; Path=/; Secure]", i, i)
		if got := fmt.Sprint(a.body, " ", a.Header["Set-Cookie"]); got != want {
			f.t.Errorf("got %s, want %s", got, want)
		}
	}
}

func eventsLeave(f *fleet) {
	received := make(chan struct{})
	f.will(func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: first\n\n")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-received:
		case <-r.Context().Done():
		}
	})
	f.client.Timeout = 10 * time.Second
	response, err := f.client.Get(f.nginx.url() + "/events")
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	close(received)
	if line != "data: first\n" {
		f.t.Errorf("got %q, %v", line, err)
	}
}

// die ends the connection without an answer, as a process does that is killed.
func die(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// dieOnce answers the first request like that, and the others.
func dieOnce() func(int, http.ResponseWriter, *http.Request) {
	var died atomic.Bool
	return func(server int, w http.ResponseWriter, r *http.Request) {
		if died.CompareAndSwap(false, true) {
			die(server, w, r)
		}
	}
}

func getIsRetried(f *fleet) {
	f.will(dieOnce())
	f.wantInAll(f.get(f.nginx.url()), http.StatusOK, 2)
	f.will(die)
	f.wantInAll(f.get(f.nginx.url()), http.StatusBadGateway, 4)
}

func postIsNot(f *fleet) {
	f.will(dieOnce())
	f.wantInAll(f.post(f.nginx.url()), http.StatusBadGateway, 1)
	f.wantInAll(f.post(f.nginx.url()), http.StatusOK, 2)
}

func refusedPostIs(f *fleet) {
	f.servers[0].Close()
	for i := range 8 {
		f.wantInAll(f.post(f.nginx.url()), http.StatusOK, i+1)
	}
}

func unavailableIsNot(f *fleet) {
	f.will(func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	f.wantInAll(f.get(f.nginx.url()), http.StatusServiceUnavailable, 1)
}

func plainLeadsToTLS(f *fleet) {
	a := f.post("http://" + f.nginx.plain + "/login?next=/a%20b")
	f.wantInAll(a, http.StatusPermanentRedirect, 0)
	if got, want := a.Header.Get("Location"), f.nginx.url()+"/login?next=/a%20b"; got != want {
		f.t.Errorf("it leads to %q, want %q", got, want)
	}
	if got := f.get(f.nginx.url()).Header.Get("Strict-Transport-Security"); !strings.Contains(got, "max-age=") {
		f.t.Errorf("browsers are not told to stay: %q", got)
	}
}
