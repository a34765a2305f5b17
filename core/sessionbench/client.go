package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// A client is one connection that is kept alive. It understands the answers that the sites give, and no more of HTTP, because
// it shares the machine with them.
type client struct {
	conn net.Conn
	in   []byte
}

// A reply is the last answer; it is overwritten by the next.
type reply struct {
	status       int
	header, body []byte
}

// patience is how long a client waits for an answer. Longer means that the server hangs.
const patience = 20 * time.Second

func dial(addr string) (*client, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: make([]byte, 4096)}, nil
}

func request(path, cookie string) []byte {
	text := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
	if cookie != "" {
		text += "Cookie: " + cookie + "\r\n"
	}
	return []byte(text + "\r\n")
}

func (c *client) do(request []byte) (reply, error) {
	if _, err := c.conn.Write(request); err != nil {
		return reply{}, err
	}
	for n := 0; ; {
		if n == len(c.in) {
			return reply{}, errors.New("the answer is too long")
		}
		more, err := c.conn.Read(c.in[n:])
		if err != nil {
			return reply{}, err
		}
		n += more
		if r, complete, err := parse(c.in[:n]); complete || err != nil {
			return r, err
		}
	}
}

var (
	blankLine     = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
	setCookie     = []byte("\r\nSet-Cookie: ")
)

// parse understands one whole answer. What is not complete is no error.
func parse(in []byte) (r reply, complete bool, err error) {
	head := bytes.Index(in, blankLine)
	if head < 0 {
		return r, false, nil
	}
	r.header = in[:head+2]
	if len(r.header) < len("HTTP/1.1 200\r\n") {
		return r, false, fmt.Errorf("answer %q", in)
	}
	if r.status, err = strconv.Atoi(string(r.header[9:12])); err != nil {
		return r, false, fmt.Errorf("answer %q", in)
	}
	length, ok := field(r.header, contentLength)
	n, err := strconv.Atoi(string(length))
	if !ok || err != nil {
		return r, false, fmt.Errorf("answer without its length: %q", in)
	}
	r.body = in[head+len(blankLine):]
	if len(r.body) > n {
		return r, false, fmt.Errorf("more than an answer: %q", in)
	}
	return r, len(r.body) == n, nil
}

// field returns the value of the header field.
func field(header, name []byte) ([]byte, bool) {
	_, rest, ok := bytes.Cut(header, name)
	value, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return value, ok
}

// cookie returns what to send back: name and value of the first cookie that was set.
func (r reply) cookie() string {
	line, _ := field(r.header, setCookie)
	pair, _, _ := strings.Cut(string(line), ";")
	return pair
}
