package connections_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

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
