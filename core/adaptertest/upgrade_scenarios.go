package adaptertest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"

	"github.com/ringsession/ringsession/core"
)

// These need an http.ResponseWriter.
var upgradeScenarios = []scenario{
	{"WebSocket", "a WebSocket's 101 carries the cookie, and the change is stored before it", webSocket},
	{"WebSocket, read and change", "a WebSocket's handler reads the session, and what it changes is saved", webSocketChanges},
	{"WebSocket, no save", "a WebSocket is refused with 503 when the change cannot be saved", webSocketFailure},
	{"WebSocket, guarded", "a guard stands before a WebSocket", webSocketGuarded},
	{"hijack", "who hijacks the connection finds the session stored and its cookie in the header map", hijack},
	{"hijack, no save", "a connection whose session cannot be saved is not hijacked", hijackFailure},
	{"HTTP/2", "login, guard, change and logout work over HTTP/2", http2},
	{"HTTP/2 streams", "a stream over HTTP/2 has the cookie in its head", http2Stream},
}

// echo is a WebSocket that changes the session before it opens, and calls talk
// for every message.
func echo(s *stage, open func(*core.Session), talk func(*core.Session, string) string) Route {
	return raw("/ws", func(w http.ResponseWriter, r *http.Request, session *core.Session) {
		open(session)
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		for {
			_, message, err := conn.Read(s.ctx)
			if err != nil {
				return
			}
			if err = conn.Write(s.ctx, websocket.MessageText, []byte(talk(session, string(message)))); err != nil {
				return
			}
		}
	})
}

// dialWebSocket asks for a WebSocket and expects the status; there is a
// connection if it is 101.
func dialWebSocket(b *browser, status int) (*websocket.Conn, *reply) {
	b.Helper()
	conn, answer, err := websocket.Dial(b.ctx, strings.Replace(origin, "http", "ws", 1)+"/ws",
		&websocket.DialOptions{HTTPClient: b.client})
	if answer == nil || answer.StatusCode != status {
		b.Fatalf("status %d expected: %v", status, err)
	}
	return conn, &reply{status: answer.StatusCode, header: answer.Header}
}

func say(s *stage, conn *websocket.Conn, message string) string {
	if err := conn.Write(s.ctx, websocket.MessageText, []byte(message)); err != nil {
		s.Errorf("%v", err)
	}
	_, answer, err := conn.Read(s.ctx)
	if err != nil {
		s.Errorf("%v", err)
	}
	return string(answer)
}

func webSocket(s *stage) {
	b := s.start(setup{routes: []Route{echo(s,
		func(session *core.Session) { visits.Set(session, 7) },
		func(_ *core.Session, message string) string { return message })}}).browser()
	conn, r := dialWebSocket(b, http.StatusSwitchingProtocols)
	defer conn.CloseNow()
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "visits, while it is open", b.get("/visit").body, "8")
	want(s, "message", say(s, conn, "hello"), "hello")
}

func webSocketChanges(s *stage) {
	b := s.start(setup{routes: []Route{echo(s,
		func(*core.Session) {},
		func(session *core.Session, message string) string {
			session.Set("last", message)
			return session.User()
		})}}).browser()
	b.get("/login?user=ada")
	conn, r := dialWebSocket(b, http.StatusSwitchingProtocols)
	defer conn.CloseNow()
	want(s, "cookie", r.cookies(), "")
	want(s, "user", say(s, conn, "hello"), "ada")
	save := s.store.hold("save")
	close(save.open)
	_ = conn.CloseNow()
	wait(s, save.left, "the save at the end")
	want(s, "value", b.get("/get?key=last").body, "hello")
}

func webSocketFailure(s *stage) {
	b := s.start(setup{routes: []Route{echo(s,
		func(session *core.Session) { visits.Set(session, 7) },
		func(*core.Session, string) string { return "" })}}).browser()
	s.store.fail(errOutage, "create")
	_, r := dialWebSocket(b, http.StatusServiceUnavailable)
	want(s, "cookie", r.cookies(), "")
}

func webSocketGuarded(s *stage) {
	route := echo(s, func(*core.Session) {}, func(session *core.Session, _ string) string { return session.User() })
	route.Guard = new(core.Guard)
	b := s.start(setup{routes: []Route{route}}).browser()
	_, _ = dialWebSocket(b, http.StatusUnauthorized)
	b.get("/login?user=ada")
	conn, _ := dialWebSocket(b, http.StatusSwitchingProtocols)
	defer conn.CloseNow()
	want(s, "user", say(s, conn, "hello"), "ada")
}

// takeOver hijacks the connection and answers with the header map and a text.
func takeOver(s *stage) Route {
	return raw("/hijack", func(w http.ResponseWriter, _ *http.Request, session *core.Session) {
		visits.Set(session, 7)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		want(s, "calls before the hijack", s.store.take(), "new place, create")
		fmt.Fprint(rw, "HTTP/1.1 200 OK\r\nConnection: close\r\n")
		_ = w.Header().Write(rw)
		fmt.Fprint(rw, "\r\nmine")
		_ = rw.Flush()
	})
}

func hijack(s *stage) {
	b := s.start(setup{routes: []Route{takeOver(s)}}).browser()
	r := b.get("/hijack")
	want(s, "body", r.body, "mine")
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "visits", b.get("/visit").body, "8")
}

func hijackFailure(s *stage) {
	b := s.start(setup{routes: []Route{takeOver(s)}}).browser()
	s.store.fail(errOutage, "create")
	r := b.get("/hijack")
	want(s, "status", r.status, http.StatusServiceUnavailable)
	want(s, "body is the handler's", r.body == "mine", false)
}

func http2(s *stage) {
	b := s.start(setup{}).browser().speaksHTTP2()
	want(s, "guard", b.get(guardedPath).status, http.StatusSeeOther)
	r := b.get("/login?user=ada")
	want(s, "protocol", r.proto, 2)
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "guard", b.get(guardedPath).body, "hello ada")
	want(s, "visit", b.get("/visit").body, "1")
	want(s, "visit", b.get("/visit").body, "2")
	// HTTP/2 sends every cookie of a Cookie header by itself.
	several := b.bearing("a=b; " + b.line() + "; c=d").speaksHTTP2()
	want(s, "user among other cookies", several.get("/user").body, "ada")
	s.store.fail(errOutage, "save")
	want(s, "no save", b.get("/visit").status, http.StatusServiceUnavailable)
	s.store.heal()
	want(s, "logout", b.get("/logout").cookies(), forms[0].deleted)
	want(s, "user", b.get("/user").body, "")
}

func http2Stream(s *stage) { headFirst(s, true) }
