package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// sites that answer wrong, each in one way. Every third answer of theirs is wrong.
func TestAWrongAnswerEndsTheLoad(t *testing.T) {
	read, write, login := workloads[0], workloads[1], workloads[3]
	for _, row := range []struct {
		name string
		workload
		answer func(w http.ResponseWriter, n int64)
		want   string // part of the error
	}{
		{"right values", read, func(w http.ResponseWriter, _ int64) { _, _ = w.Write(pageOf(valuesOf(0))) }, ""},
		{"another session's values", read, func(w http.ResponseWriter, n int64) { _, _ = w.Write(pageOf(valuesOf(int(n) / 3))) }, "want"},
		{"an error", read, func(w http.ResponseWriter, n int64) {
			if n%3 == 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			_, _ = w.Write(pageOf(valuesOf(0)))
		}, "answer 503"},
		{"a counter that counts", write, func(w http.ResponseWriter, n int64) { fmt.Fprint(w, n+1) }, ""},
		{"a counter that lost one", write, func(w http.ResponseWriter, n int64) { fmt.Fprint(w, max(n, 1)) }, `"1", want "2"`},
		{"a login with a cookie", login, func(w http.ResponseWriter, _ int64) {
			w.Header().Set("Set-Cookie", "a=b")
			fmt.Fprint(w, "ok")
		}, ""},
		{"a login without a cookie", login, func(w http.ResponseWriter, _ int64) { fmt.Fprint(w, "ok") }, "no cookie"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var n atomic.Int64
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/seed" {
					w.Header().Set("Set-Cookie", "a=b")
					return
				}
				row.answer(w, n.Add(1)-1)
			}))
			defer site.Close()
			all, err := visit(row.workload, strings.TrimPrefix(site.URL, "http://"), 1)
			if err != nil {
				t.Fatal(err)
			}
			defer leave(all)
			did, err := drive(all, time.Minute, 5)
			if row.want == "" && (err != nil || did.requests != 5) {
				t.Errorf("%d requests, %v", did.requests, err)
			}
			if row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("%v, want %q", err, row.want)
			}
		})
	}
}

// slowVisitor has one connection to a server that takes at least 10 ms for an answer.
func slowVisitor(t *testing.T) []*visitor {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/read" {
			time.Sleep(10 * time.Millisecond)
		}
		w.Header().Set("Set-Cookie", "a=b")
		_, _ = w.Write(pageOf(valuesOf(0)))
	}))
	t.Cleanup(site.Close)
	all, err := visit(workloads[0], strings.TrimPrefix(site.URL, "http://"), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { leave(all) })
	return all
}

func TestLatencyCountsFromTheMomentTheRequestWasDue(t *testing.T) {
	const rate, total = 1000, 20
	p, err := keep(slowVisitor(t), rate, total)
	if err != nil {
		t.Fatal(err)
	}
	// The n-th is due after n ms and answered after 10(n+1) at the earliest: 9n+10.
	if p.p50 < 90_000 || p.p99 < 170_000 || p.late < 170*time.Millisecond {
		t.Errorf("p50 %.0f µs, p99 %.0f µs, %v late", p.p50, p.p99, p.late)
	}
}

func TestARateThatTheServerCannotHoldIsLowered(t *testing.T) {
	// At 125 requests a second, 25 of them take 50 ms longer than they may, at least.
	rate, err := holdable(slowVisitor(t), 1000, 200*time.Millisecond)
	if err != nil || rate >= 125 {
		t.Errorf("%d requests a second, %v", rate, err)
	}
}

func TestAForgedCookieIsNotTheCookie(t *testing.T) {
	for _, cookie := range []string{"a=" + strings.Repeat("A", 40), "a=" + strings.Repeat("B", 40)} {
		if forged := forge(cookie); forged == cookie || len(forged) != len(cookie) || forged[:30] != cookie[:30] {
			t.Errorf("%s became %s", cookie, forged)
		}
	}
}

func TestThePersonsStructHas200Bytes(t *testing.T) {
	text, err := json.Marshal(personOf(12345678)[2].value)
	if err != nil || len(text) != 200 {
		t.Errorf("%d bytes, %v: %s", len(text), err, text)
	}
}
