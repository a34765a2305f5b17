package adaptertest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
)

var streamScenarios = []scenario{
	{"flush first", "a Flush before the first write sends the cookie", flushFirst},
	{"server-sent events", "a stream has the cookie in its head, and the change is stored before the first event", events},
	{"change in a stream", "a change after the headers left is saved at the end, if the session has its cookie", changeInStream},
	{"save in a stream", "Save within a stream stores at once", saveInStream},
	{"birth in a stream", "a session born after the headers left is reported, never silently lost", birthInStream},
	{"login in a stream", "a login after the headers left is reported and changes nothing", loginInStream},
	{"logout in a stream", "a logout after the headers left ends the session at the end of the stream", logoutInStream},
	{"failed stream", "a stream whose change cannot be saved is a 503 without a byte of it", failedStream},
	{"told of a logout", "a stream that waits is told of a change and of a logout in other requests", toldOfLogout},
	{"waits no longer than its client", "a stream that waits ends when its client has gone", waitsNoLonger},
}

// streaming is a route that runs before, sends its head and the text "open",
// waits for the pause, and runs after.
func streaming(p *pause, before, after func(*core.Session, Exchange)) Route {
	return get("/stream", func(x Exchange) error {
		session := x.Session()
		before(session, x)
		return x.Stream(func(w io.Writer, flush func() error) error {
			if err := flush(); err != nil {
				return err
			}
			if _, err := io.WriteString(w, "open"); err != nil {
				return err
			}
			if err := flush(); err != nil {
				return err
			}
			p.here()
			after(session, x)
			return nil
		})
	})
}

func nothing(*core.Session, Exchange) {}

// played opens the stream, lets it go on when its head is there, and returns
// the whole of it.
func played(s *stage, b *browser, p *pause) *reply {
	s.Helper()
	answer := b.open("/stream")
	defer answer.Body.Close()
	r := &reply{answer.StatusCode, answer.ProtoMajor, answer.Header, finish(s, answer.Body, p)}
	b.get("/alone") // On the same connection, so the handler of the stream has ended.
	return r
}

// finish lets the stream go on when its text has come, and returns all of it.
func finish(s *stage, body io.Reader, p *pause) string {
	s.Helper()
	// A connection without buffers holds the handler until somebody reads.
	text := make([]byte, len("open"))
	if _, err := io.ReadFull(body, text); err != nil {
		s.Errorf("the stream's text: %v", err)
	}
	p.reached()
	p.end()
	rest, err := io.ReadAll(body)
	if err != nil {
		s.Errorf("the stream's end: %v", err)
	}
	return string(text) + string(rest)
}

func flushFirst(s *stage) { headFirst(s, false) }

// headFirst reads the head of a stream while its handler runs.
func headFirst(s *stage, overHTTP2 bool) {
	p := s.pause()
	b := s.start(setup{routes: []Route{streaming(p,
		func(session *core.Session, _ Exchange) { visits.Set(session, 7) }, nothing)}}).browser()
	proto := 1
	if overHTTP2 {
		b, proto = b.speaksHTTP2(), 2
	}
	answer := b.open("/stream")
	defer answer.Body.Close()
	want(s, "protocol", answer.ProtoMajor, proto)
	want(s, "cookie, while the handler runs", masked((&reply{header: answer.Header}).cookies()), forms[0].set)
	want(s, "visits, while the handler runs", b.get("/visit").body, "8")
	want(s, "body", finish(s, answer.Body, p), "open")
}

func events(s *stage) {
	next := make(chan string)
	b := s.start(setup{routes: []Route{get("/events", func(x Exchange) error {
		x.SetHeader("Content-Type", "text/event-stream")
		visits.Set(x.Session(), 7)
		return x.Stream(func(w io.Writer, flush func() error) error {
			for text := range next {
				if _, err := io.WriteString(w, "data: "+text+"\n\n"); err != nil {
					return err
				}
				if err := flush(); err != nil {
					return err
				}
			}
			return nil
		})
	})}}).browser()
	go func() { next <- "first" }()
	answer := b.open("/events")
	defer answer.Body.Close()
	want(s, "type", answer.Header.Get("Content-Type"), "text/event-stream")
	want(s, "cookie", masked((&reply{header: answer.Header}).cookies()), forms[0].set)
	lines := bufio.NewReader(answer.Body)
	for _, text := range []string{"second", "third", ""} {
		line, _ := lines.ReadString('\n')
		_, _ = lines.ReadString('\n')
		want(s, "an event came", len(line) > len("data: \n"), true)
		want(s, "visits, while the stream is open", b.get("/get?key=visits").body, "7")
		if text != "" {
			go func() { next <- text }()
		}
	}
	close(next)
	rest, err := io.ReadAll(lines)
	want(s, "after the last event", string(rest), "")
	want(s, "error at the end", err, nil)
}

func changeInStream(s *stage) {
	p := s.pause()
	b := s.start(setup{routes: []Route{streaming(p, nothing,
		func(session *core.Session, _ Exchange) { visits.Set(session, 7) })}}).browser()
	b.get("/visit")
	r := played(s, b, p)
	want(s, "body", r.body, "open")
	want(s, "visits", b.get("/visit").body, "8")
	want(s, "events lost", s.record.count(core.EventLost), 0)
}

func saveInStream(s *stage) {
	p, saved := s.pause(), make(chan error, 1)
	b := s.start(setup{routes: []Route{streaming(p,
		func(session *core.Session, _ Exchange) { session.Login("ada") },
		func(session *core.Session, x Exchange) {
			visits.Set(session, 7)
			saved <- session.Save(x.Context())
		})}}).browser()
	played(s, b, p)
	want(s, "Save", wait(s, saved, "the save"), nil)
	want(s, "visits", b.get("/visit").body, "8")
	want(s, "user", b.get("/user").body, "ada")
}

func birthInStream(s *stage) {
	p, sessions := s.pause(), make(chan *core.Session, 1)
	b := s.start(setup{routes: []Route{streaming(p, nothing, func(session *core.Session, _ Exchange) {
		visits.Set(session, 7)
		sessions <- session
	})}}).browser()
	r := played(s, b, p)
	want(s, "status", r.status, http.StatusOK)
	want(s, "events lost", s.record.count(core.EventLost), 1)
	if session := wait(s, sessions, "the session"); session != nil {
		want(s, "Err is ErrTooLate", errors.Is(session.Err(), core.ErrTooLate), true)
	}
	want(s, "stored sessions", s.store.Len(), 0)
}

func loginInStream(s *stage) {
	p := s.pause()
	b := s.start(setup{routes: []Route{streaming(p, nothing,
		func(session *core.Session, _ Exchange) { session.Login("ada") })}}).browser()
	b.get("/visit")
	played(s, b, p)
	want(s, "events lost", s.record.count(core.EventLost), 1)
	want(s, "user", b.get("/user").body, "")
	want(s, "visits", b.get("/visit").body, "2")
}

func logoutInStream(s *stage) {
	p := s.pause()
	b := s.start(setup{routes: []Route{streaming(p, nothing,
		func(session *core.Session, _ Exchange) { session.Logout() })}}).browser()
	b.get("/login?user=ada")
	played(s, b, p)
	want(s, "user", b.get("/user").body, "")
	want(s, "stored sessions", s.store.Len(), 0)
}

func failedStream(s *stage) {
	p := s.pause()
	p.end()
	b := s.start(setup{routes: []Route{streaming(p,
		func(session *core.Session, _ Exchange) { visits.Set(session, 7) }, nothing)}}).browser()
	s.store.fail(errOutage, "create")
	r := b.get("/stream")
	want(s, "status", r.status, http.StatusServiceUnavailable)
	want(s, "body is the stream's", r.body == "open", false)
	want(s, "cookie", r.cookies(), "")
}

// watch starts a process with a stream that tells what becomes of its session:
// the visits now and after each change, and how it ended. Without news it
// writes a dot: some frameworks learn only so that the client has gone. A
// browser that is logged in opens it; the stream has ended when ended is
// closed.
func watch(s *stage) (b *browser, body *watched, ended chan struct{}) {
	s.record.watched = true
	ended = make(chan struct{})
	b = s.start(setup{
		options: core.Options{WatchInterval: 10 * time.Millisecond},
		routes: []Route{get("/watch", func(x Exchange) error {
			session, ctx := x.Session(), x.Context()
			session.User()
			return x.Stream(func(w io.Writer, flush func() error) error {
				defer close(ended)
				news := visitsOf(session)
				for {
					_, err := io.WriteString(w, news)
					if err = errors.Join(err, flush()); err != nil || strings.HasPrefix(news, "over") {
						return nil // without a client there is nobody to tell of the error
					}
					news = await(ctx, session)
				}
			})
		})},
	}).browser()
	b.get("/login?user=ada")
	answer := b.open("/watch")
	s.Cleanup(func() {
		_ = answer.Body.Close()
		<-ended // which some servers do not wait for
	})
	stream := &watched{answer.Body, make(chan string)}
	go func() {
		// A connection without buffers holds the handler until somebody reads.
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			select {
			case stream.news <- strings.TrimLeft(lines.Text(), "."):
			case <-s.ctx.Done():
			}
		}
	}()
	return b, stream, ended
}

// watched is what the client of a stream has of it.
type watched struct {
	io.Closer
	news chan string
}

func visitsOf(session *core.Session) string {
	n, _ := visits.Get(session)
	return fmt.Sprintf("%s has %d visits\n", session.User(), n)
}

func await(ctx context.Context, session *core.Session) (news string) {
	brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	switch err := session.Wait(brief); {
	case err == nil:
		return visitsOf(session)
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return "."
	case errors.Is(err, core.ErrGone):
		return "over: signed out\n"
	default:
		return "over: " + err.Error() + "\n"
	}
}

func wantNews(s *stage, stream *watched, news string) {
	s.Helper()
	want(s, "the stream tells", wait(s, stream.news, "news of the stream"), news)
}

func toldOfLogout(s *stage) {
	b, stream, ended := watch(s)
	wantNews(s, stream, "ada has 0 visits")
	b.get("/visit")
	wantNews(s, stream, "ada has 1 visits")
	b.get("/logout")
	wantNews(s, stream, "over: signed out")
	wait(s, ended, "the end of the stream")
}

func waitsNoLonger(s *stage) {
	_, stream, ended := watch(s)
	wantNews(s, stream, "ada has 0 visits")
	_ = stream.Close()
	wait(s, ended, "the end of the stream")
}
