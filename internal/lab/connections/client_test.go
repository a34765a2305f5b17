package connections_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringsession/ringsession/examples/site"
)

// patience is for one answer of a busy machine.
const patience = time.Minute

// A client is a connection and the user who is signed in over it. While it idles it needs neither a goroutine nor a buffer.
type client struct {
	conn   net.Conn
	user   string
	cookie string
}

// connect opens a connection and reads the login page over it, so that the server has done for it what it does for any.
func connect(addr, user string) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn, user: user}
	answer, _, err := c.ask("GET /login", "")
	if err == nil && (answer.StatusCode != http.StatusOK || len(answer.Cookies()) > 0) {
		err = fmt.Errorf("%s got %s and %d cookies", user, answer.Status, len(answer.Cookies()))
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, nil
}

// signIn signs the user in over the connection.
func (c *client) signIn() error {
	answer, _, err := c.ask("POST /login", "name="+c.user+"&password="+site.Password)
	if err != nil {
		return err
	}
	cookies := answer.Cookies()
	if answer.StatusCode != http.StatusSeeOther || len(cookies) != 1 {
		return fmt.Errorf("login of %s: %s with %d cookies", c.user, answer.Status, len(cookies))
	}
	c.cookie = cookies[0].Name + "=" + cookies[0].Value
	return nil
}

// send sends a request such as "GET /", with the client's cookie.
func (c *client) send(line, form string) error {
	text := line + " HTTP/1.1\r\nHost: " + c.conn.RemoteAddr().String() + "\r\n"
	if c.cookie != "" {
		text += "Cookie: " + c.cookie + "\r\n"
	}
	if form != "" {
		text += fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(form))
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := io.WriteString(c.conn, text+"\r\n"+form)
	return err
}

func (c *client) ask(line, form string) (answer *http.Response, body string, err error) {
	if err := c.send(line, form); err != nil {
		return nil, "", err
	}
	if answer, err = http.ReadResponse(bufio.NewReaderSize(c.conn, 1<<10), nil); err != nil {
		return nil, "", fmt.Errorf("%s of %s: %w", line, c.user, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer, string(text), err
}

// check asks over the connection whether the user is still signed in.
func (c *client) check() error {
	answer, body, err := c.ask("GET /whoami", "")
	if err == nil && (answer.StatusCode != http.StatusOK || !strings.HasPrefix(body, isUser(c.user))) {
		err = fmt.Errorf("%s was told %s, %s", c.user, answer.Status, body)
	}
	return err
}

// isUser is how what /whoami and /events tell begins.
func isUser(name string) string { return fmt.Sprintf(`{"user":%q,`, name) }

// A crowd is all clients and all streams of a server.
type crowd struct {
	addr    string
	clients []*client
	streams []*stream
}

// come connects n clients.
func (c *crowd) come(n int) error {
	c.clients = make([]*client, n)
	return each(n, func(i int) (err error) {
		c.clients[i], err = connect(c.addr, fmt.Sprint("user-", i))
		return err
	})
}

// signIn signs every client in, as a user and so with a session of its own.
func (c *crowd) signIn() error {
	return each(len(c.clients), func(i int) error { return c.clients[i].signIn() })
}

// watch opens n streams, of the clients in turn.
func (c *crowd) watch(n int) error {
	c.streams = make([]*stream, n)
	return each(n, func(i int) (err error) {
		c.streams[i], err = watch(c.addr, c.clients[i%len(c.clients)])
		return err
	})
}

// more waits until every stream has told so many more events.
func (c *crowd) more(events int64) error {
	want := make([]int64, len(c.streams))
	for i, s := range c.streams {
		want[i] = s.events.Load() + events
	}
	return each(len(c.streams), func(i int) error { return c.streams[i].reach(want[i]) })
}

// check asks over every connection who is signed in.
func (c *crowd) check() error {
	return each(len(c.clients), func(i int) error { return c.clients[i].check() })
}

func (c *crowd) leave() {
	for _, s := range c.streams {
		if s != nil {
			s.close()
		}
	}
	for _, one := range c.clients {
		if one != nil {
			_ = one.conn.Close()
		}
	}
	c.clients, c.streams = nil, nil
}

// each calls f for 0 to n-1, some at a time, and returns how many failed and the first error.
func each(n int, f func(i int) error) error {
	const workers = 32
	var next, failed atomic.Int64
	var first error
	var once sync.Once
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					failed.Add(1)
					once.Do(func() { first = err })
				}
			}
		})
	}
	wg.Wait()
	if first != nil {
		return fmt.Errorf("%d of %d failed, the first with: %w", failed.Load(), n, first)
	}
	return nil
}

// A stream is the connection of another client's session to /events. A goroutine counts what comes.
type stream struct {
	client
	events atomic.Int64
	ended  chan struct{} // closed when err is complete
	err    error
}

// watch opens a stream for the session of c, and returns when the first event has come.
func watch(addr string, c *client) (*stream, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &stream{client: client{conn, c.user, c.cookie}, ended: make(chan struct{})}
	events, err := s.open()
	if err == nil {
		err = s.next(events)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	go func() {
		defer close(s.ended)
		for s.err == nil {
			s.err = s.next(events)
		}
	}()
	return s, nil
}

func (s *stream) open() (events *bufio.Reader, err error) {
	if err := s.send("GET /events", ""); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(bufio.NewReaderSize(s.conn, 1<<10), nil)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		return nil, fmt.Errorf("the stream of %s has %s and type %q", s.user, answer.Status, answer.Header.Get("Content-Type"))
	}
	return bufio.NewReaderSize(answer.Body, 1<<8), nil
}

// next reads on to the next event.
func (s *stream) next(events *bufio.Reader) error {
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		line, err := events.ReadString('\n')
		if err != nil {
			return fmt.Errorf("the stream of %s: %w", s.user, err)
		}
		switch data, ok := strings.CutPrefix(line, "data: "); {
		case ok && strings.HasPrefix(data, isUser(s.user)):
			s.events.Add(1)
			return nil
		case ok, strings.HasPrefix(line, ":"):
			return fmt.Errorf("the stream of %s told %q", s.user, line)
		}
	}
}

// reach waits until the stream has told so many events.
func (s *stream) reach(events int64) error {
	for deadline := time.Now().Add(patience); s.events.Load() < events; {
		select {
		case <-s.ended:
			return s.err
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the stream of %s has told nothing for %v", s.user, patience)
		}
	}
	return nil
}

func (s *stream) close() {
	_ = s.conn.Close()
	<-s.ended
}
