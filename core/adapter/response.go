package adapter

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
)

// A Response is an [http.ResponseWriter] that commits a session right before
// the first bytes of the response leave. They may leave by WriteHeader, Write,
// WriteString, ReadFrom, Flush, FlushError or Hijack. A client that has read
// the first byte and sends another request finds there what this request
// stored.
//
// If the commit fails, the handler's headers are dropped, and so is its output:
// Write and the other methods return the error. Like any ResponseWriter it is
// for one goroutine at a time.
type Response struct {
	under http.ResponseWriter
	*commit
}

// A commit happens once in a request. Several writers may share it.
type commit struct {
	x      Exchange
	first  http.ResponseWriter // its header is the response's
	outer  http.Header         // what outer middleware had set
	refuse func(error)
	done   bool
	err    error
	// answered means that refuse has written its page to the end.
	answered bool
	// failed has the headers for the error page of a commit that failed. It is
	// nil once refuse has begun to write the page.
	failed *Headers
}

// NewResponse returns a Response that writes to w and commits x. If the commit
// fails, refuse is called at once and writes the answer to w. So the client
// gets it even if the handler never returns. If refuse is nil, nothing is
// written, and the adapter must check the error of [Response.Finish].
func NewResponse(w http.ResponseWriter, x Exchange, refuse func(error)) *Response {
	both := &struct { // in one allocation
		Response
		c commit
	}{Response{under: w}, commit{x: x, first: w, refuse: refuse}}
	both.Response.commit = &both.c
	if h := w.Header(); len(h) > 0 {
		both.c.outer = h.Clone()
	}
	return &both.Response
}

// Over returns a Response that writes to w, for frameworks that replace the
// writer within a request. The two Responses share one commit: the one that
// sends the first byte makes it.
func (r *Response) Over(w http.ResponseWriter) *Response { return &Response{w, r.commit} }

// Run calls handle, which writes the response, and returns when handle has
// returned.
//
// If handle panics with [http.ErrAbortHandler] and the commit has failed, Run
// drops the panic. httputil.ReverseProxy panics like this when it cannot write,
// and net/http would cut the connection before the client gets the error. Any
// other panic, and the abort of an error page, passes on.
func (r *commit) Run(handle func()) {
	defer func() {
		if !r.done || r.err == nil || r.refuse != nil && !r.answered {
			return
		}
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			panic(v)
		}
	}()
	handle()
}

// errPanicked is the error of a commit that never returned. afterPanic has the
// headers for its error page.
var (
	errPanicked = errors.New("session: commit: a hook or the store panicked")
	afterPanic  = Headers{Vary: []string{"Cookie"}, NoStore: true}
)

// Commit does what must happen before the headers leave. It does it once: every
// further call returns the same error.
func (r *commit) Commit() error {
	if !r.done {
		r.done, r.err, r.failed = true, errPanicked, &afterPanic
		var h Headers
		if h, r.err = r.x.Commit(); r.err == nil {
			r.failed = nil
			h.Apply(r.first.Header())
			return nil
		}
		failed := h
		r.failed = &failed
	}
	if r.failed != nil {
		r.fail()
	}
	return r.err
}

// fail prepares the header for an error page. Until the page is written it does
// so at each call, because a handler that still runs may have changed the
// header.
func (r *commit) fail() {
	header, failed := r.first.Header(), r.failed
	clear(header)
	for name, values := range r.outer {
		header[name] = slices.Clone(values)
	}
	failed.Apply(header)
	if r.refuse != nil {
		r.failed = nil
		r.refuse(r.err)
		r.answered = true
	}
}

// Missed records that the headers have left by another way than r, without a
// commit. A change that needs a cookie is lost, and [Response.Finish] reports
// it. After a commit Missed does nothing.
func (r *commit) Missed() {
	if r.done {
		return
	}
	r.done = true
	r.x.Missed()
}

// Finish ends the response when the handler has returned. It commits if nothing
// was written, and stores what was changed after the commit. It returns the
// error of the commit.
func (r *commit) Finish() error {
	if err := r.Commit(); err != nil {
		return err
	}
	r.x.Finish()
	return nil
}

// Err returns the error of a commit that has failed or will certainly fail, or
// nil.
func (r *commit) Err() error {
	if r.done {
		return r.err
	}
	return r.x.Failure()
}

// Header returns the header map of the response.
func (r *Response) Header() http.Header { return r.under.Header() }

// WriteHeader sends the status. Informational responses (1xx) do not commit,
// because the headers of the final response come later. 101 ends the exchange,
// so it does commit.
func (r *Response) WriteHeader(status int) {
	informational := status >= 100 && status < 200 && status != http.StatusSwitchingProtocols
	if informational && !r.done || r.Commit() == nil {
		r.under.WriteHeader(status)
	}
}

// Write writes a part of the body.
func (r *Response) Write(p []byte) (int, error) {
	if err := r.Commit(); err != nil {
		return 0, err
	}
	return r.under.Write(p)
}

// WriteString writes a part of the body.
func (r *Response) WriteString(text string) (int, error) {
	if err := r.Commit(); err != nil {
		return 0, err
	}
	return io.WriteString(r.under, text)
}

// ReadFrom copies src to the body, with sendfile if the writer below supports
// it.
func (r *Response) ReadFrom(src io.Reader) (int64, error) {
	if err := r.Commit(); err != nil {
		return 0, err
	}
	if to, ok := r.under.(io.ReaderFrom); ok {
		return to.ReadFrom(src)
	}
	return io.Copy(struct{ io.Writer }{r.under}, src)
}

// Flush sends what was written so far.
func (r *Response) Flush() { _ = r.FlushError() }

// FlushError sends what was written so far.
func (r *Response) FlushError() error {
	if err := r.Commit(); err != nil {
		return err
	}
	return http.NewResponseController(r.under).Flush()
}

// Hijack takes over the connection. The session is stored first. Its cookie is
// in the header map, so the handler can send it.
func (r *Response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := r.Commit(); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(r.under).Hijack()
}

// Push starts an HTTP/2 server push if the writer below supports it.
func (r *Response) Push(target string, opts *http.PushOptions) error {
	if p, ok := r.under.(http.Pusher); ok {
		return p.Push(target, opts)
	}
	return http.ErrNotSupported
}

// Unwrap returns the writer below, for [http.ResponseController].
func (r *Response) Unwrap() http.ResponseWriter { return r.under }
