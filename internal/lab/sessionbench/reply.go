package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// A reply is an answer as it came. It is overwritten by the next.
type reply struct {
	status       int
	header, body []byte
}

var (
	blankLine     = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
	setCookie     = []byte("\r\nSet-Cookie: ")
)

// request renders a request once, for all times that it is sent.
func request(path, cookie string) []byte {
	text := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
	if cookie != "" {
		text += "Cookie: " + cookie + "\r\n"
	}
	return []byte(text + "\r\n")
}

// parse understands the answers that the sites give, and no more of HTTP. What is not complete is no error.
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

// field returns the value of the first header field of that name.
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
