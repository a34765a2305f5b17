package adaptertest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
)

// A record is all that came out of the processes of one scenario.
type record struct {
	log     buffer       // of the processes
	out     buffer       // what clients got, apart from Set-Cookie
	guarded atomic.Int64 // runs of guarded handlers

	insecure bool // a process was told to send cookies without Secure
	watched  bool // a stream waited, whose reads are no events, and whose failures are counted together

	mu        sync.Mutex
	events    []core.Event
	told      int // how many of them happened has returned
	responses []response
}

// A response is what a client got, without the body.
type response struct {
	path   string
	status int
	header http.Header
}

func newRecord() *record { return new(record) }

func (r *record) event(_ context.Context, e core.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// happened returns the events since the last call, in the order in which they
// came.
func (r *record) happened() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, e := range r.events[r.told:] {
		all = append(all, describe(e))
	}
	r.told = len(r.events)
	return strings.Join(all, ", ")
}

func describe(e core.Event) string {
	text := string(e.Kind)
	for _, detail := range []string{e.User, e.Op, e.Reason} {
		if detail != "" {
			text += " (" + detail + ")"
		}
	}
	return text
}

func (r *record) count(kind core.EventKind) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// response notes the response's headers now and its body as it is read.
func (r *record) response(path string, answer *http.Response) {
	header := answer.Header.Clone()
	r.mu.Lock()
	r.responses = append(r.responses, response{path, answer.StatusCode, header})
	r.mu.Unlock()
	public := header.Clone()
	public.Del("Set-Cookie")
	public.Del(adapter.TokenHeader)
	_ = public.Write(&r.out)
	if answer.StatusCode != http.StatusSwitchingProtocols {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(answer.Body, &r.out), answer.Body}
	}
}

// A witness is a transport that notes every response.
type witness struct {
	http.RoundTripper
	record *record
}

func (w witness) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := w.RoundTripper.RoundTrip(r)
	if err == nil {
		w.record.response(r.URL.Path, answer)
	}
	return answer, err
}

// check looks for rules that hold in every scenario.
func (r *record) check(s *stage) {
	r.checkLeaks(s)
	r.checkEvents(s)
	allowed := 0
	for _, a := range r.responses {
		a.checkCookies(s, r.insecure)
		if strings.HasPrefix(a.path, guardedPath) && a.status == http.StatusOK {
			allowed++
		}
	}
	s.rule = "a guarded handler runs only when the answer is 200" // R30
	want(s, "runs of guarded handlers", int(r.guarded.Load()), allowed)
	s.rule = "every call to the store has a deadline" // R30
	want(s, "calls without one", s.store.unbounded, 0)
}

// checkLeaks searches for R4 and R36.
func (r *record) checkLeaks(s *stage) {
	s.rule = "an id appears nowhere but in Set-Cookie and " + adapter.TokenHeader
	events := fmt.Sprintf("%+v", r.events)
	for _, secret := range r.issued() {
		for place, text := range map[string]string{"a log": r.log.String(), "an event": events, "a response": r.out.String()} {
			if strings.Contains(text, secret) {
				s.Errorf("the secret of an id is in %s", place)
			}
		}
	}
	s.rule = "what failed in the store is told to operators, not to clients"
	want(s, "responses tell of the outage", strings.Contains(r.out.String(), "db-7.internal"), false)
}

// issued returns the secrets of the ids that responses set.
func (r *record) issued() (secrets []string) {
	for _, a := range r.responses {
		for _, line := range a.header["Set-Cookie"] {
			if found := ours.FindStringSubmatch(line); found != nil && len(found[2]) >= idLen {
				secrets = append(secrets, found[2][store.PlaceLen:idLen])
			}
		}
		if token := a.header.Get(adapter.TokenHeader); len(token) >= idLen {
			secrets = append(secrets, token[store.PlaceLen:idLen])
		}
	}
	return secrets
}

// idLen is the length of an id in a cookie.
const idLen = store.PlaceLen + 32

// checkEvents compares the events with what happened in the store: R36.
func (r *record) checkEvents(s *stage) {
	s.rule = "each event of a session's life is told exactly once, to the hook and to the log"
	s.store.mu.Lock() // a read that nobody waits for any more may go on
	defer s.store.mu.Unlock()
	for op, kind := range map[string]core.EventKind{
		"create":  core.EventCreated,
		"load":    core.EventLoaded,
		"renew":   core.EventRenewed,
		"destroy": core.EventDestroyed,
	} {
		if r.watched && op == "load" {
			want(s, "events loaded are too many", r.count(kind) > s.store.done[op], false)
			continue
		}
		want(s, "events "+string(kind), r.count(kind), s.store.done[op])
	}
	// Of a call that core repeats, one event is told for both if both fail.
	failed := r.count(core.EventStoreError) - s.store.failures
	want(s, "events store error are too few", failed < 0 && !r.watched, false)
	want(s, "events store error are too many", failed > s.store.lost, false)
	lines := strings.Count(r.log.String(), "\n") - strings.Count(r.log.String(), "session cookies rejected")
	want(s, "records in the log", lines, len(r.events))
}

// ours matches a Set-Cookie value of the session, whatever the scenario's
// options.
var ours = regexp.MustCompile(`^(__Host-session|__Secure-session|session|session_id|verification)=([A-Za-z0-9_-]{44}\.[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{44}|[A-Za-z0-9_-]{43}|);`)

// checkCookies holds R7, R8, R9, R12 and R15 against one response.
func (a response) checkCookies(s *stage, insecure bool) {
	names := map[string]int{}
	for _, line := range a.header["Set-Cookie"] {
		found := ours.FindStringSubmatch(line)
		if found == nil {
			s.rule = "a cookie of the session holds nothing but the token"
			want(s, "cookie is the handler's own: "+line, strings.HasPrefix(line, handlersCookie), true)
			continue
		}
		names[found[1]]++
		s.rule = "HttpOnly, SameSite and Secure stand on every cookie, the deleting one included"
		secure := strings.Contains(line, "; Secure") || insecure
		if !strings.Contains(line, "; HttpOnly") || !strings.Contains(line, "; SameSite=") || !secure {
			s.Errorf("%s: %s", a.path, strings.Replace(line, found[2], "…", 1))
		}
	}
	for name, n := range names {
		s.rule = "a response has one cookie of each name"
		want(s, a.path+": cookies "+name, n, 1)
	}
	a.checkToken(s, len(names) > 0)
	if len(names) > 0 {
		s.rule = "a response with the session's cookie is not for caches, and varies on Cookie"
		want(s, a.path+": Cache-Control is missing", a.header.Get("Cache-Control") == "", false)
		for _, word := range []string{"public", "s-maxage"} { // R45
			want(s, a.path+": Cache-Control has "+word, strings.Contains(a.header.Get("Cache-Control"), word), false)
		}
		want(s, a.path+": Vary names Cookie", strings.Contains(strings.Join(a.header["Vary"], ","), "Cookie"), true)
		s.rule = "a 503 carries no cookie of the session, unless a Save before it changed the id"
		want(s, a.path+": it is a 503", a.status == http.StatusServiceUnavailable && a.path != savedPath, false)
	}
}

// checkToken holds the rules of a token in a header against one response.
func (a response) checkToken(s *stage, cookie bool) {
	tokens := a.header[adapter.TokenHeader]
	if len(tokens) == 0 {
		return
	}
	s.rule = "a response with a token has one, has no cookie of the session, is not stored, and varies on Authorization"
	want(s, a.path+": tokens", len(tokens), 1)
	want(s, a.path+": has a cookie", cookie, false)
	want(s, a.path+": Cache-Control", a.header.Get("Cache-Control"), "no-store")
	want(s, a.path+": Vary", strings.Contains(strings.Join(a.header["Vary"], ","), "Authorization"), true)
}
