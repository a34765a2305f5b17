package main

import "net"

const textPlain = "text/plain; charset=utf-8"

// A site is a subject that can be asked: over the network, or in this process.
type site interface {
	serve(net.Listener) error
	// call returns a function that serves the same request again and again, without allocating, and its answer, which each
	// run overwrites.
	call(path, query, cookie string) (run func(), answer *answer)
}

// An answer is what a site answers in this process.
type answer struct {
	status int
	body   []byte
	cookie string // the last Set-Cookie line
}
