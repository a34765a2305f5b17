package main

import (
	"errors"
	"strconv"
	"sync"
)

// A work is what the pages do with a session, in the terms of a library; C is the framework's view of one request. Its
// functions are called directly, as a handler would: nothing of the harness stands between a library and its user.
type work[C any] struct {
	seed  func(c C, entries []entry) error       // makes a session that holds the entries
	read  func(c C, page []byte) ([]byte, error) // appends all values to the page, each on a line
	count func(c C) (int, error)                 // adds one to the session's counter and returns it
	blind func(c C) error                        // sets one value without reading; nil if the library cannot
	login func(c C) error                        // makes a session that names a user
}

var errCannot = errors.New("this library cannot")

// paths are the pages of every subject.
var paths = []string{"/seed", "/person", "/read", "/write", "/blind", "/alone", "/login"}

// page answers a request for the path with what it appends to the buffer. The query is called for "/seed" and
// "/person" only.
func (w work[C]) page(path string, c C, query func() string, page []byte) ([]byte, error) {
	switch path {
	case "/seed", "/person":
		n, err := strconv.Atoi(query())
		if err != nil {
			return nil, err
		}
		entries := entriesOf(n)
		if path == "/person" {
			entries = personOf(n)
		}
		return append(page, "ok"...), w.seed(c, entries)
	case "/read":
		return w.read(c, page)
	case "/write":
		n, err := w.count(c)
		return strconv.AppendInt(page, int64(n), 10), err
	case "/blind":
		if w.blind == nil {
			return nil, errCannot
		}
		return append(page, "ok"...), w.blind(c)
	case "/login":
		return append(page, "ok"...), w.login(c)
	}
	return append(page, "ok"...), nil
}

// buffers keep the pages' memory, so that no subject pays for the harness.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}
