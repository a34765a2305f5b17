package adapter

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
)

// A Response is an [http.ResponseWriter] that commits a session right before the first bytes of the response leave, by
// whichever method they do: WriteHeader, Write, WriteString, ReadFrom, Flush, FlushError or Hijack. Whoever reads the first
// byte and asks again sees what the request stored.
//
// If the commit fails, the handler's headers are dropped and its output goes nowhere: Write and the others return the error.
// Like any ResponseWriter it is for one goroutine at a time.
type Response struct {
	under http.ResponseWriter
	*commit
}

// A commit happens once in a request, however many writers wait for it.
type commit struct {
	x      Exchange
	first  http.ResponseWriter // whose header is the response's
	outer  http.Header         // what outer middleware had set
	refuse func(error)
	done   bool
	err    error
	// answered says that refuse has written its page to the end.
	answered bool
	// failed is what the error page of a commit that failed needs, until refuse
	// has written it.
	failed *Headers
}

// NewResponse returns a Response that writes to w and commits x. If the commit fails, refuse is called
// at once, to answer the client even if the handler never returns; it writes to w. With a nil refuse nothing is written, and
// the adapter looks at [Response.Finish].
func NewResponse(w http.ResponseWriter, x Exchange, refuse func(error)) *Response {
	both := &struct { // In one allocation.
		Response
		c commit
	}{Response{under: w}, commit{x: x, first: w, refuse: refuse}}
	both.Response.commit = &both.c
	if h := w.Header(); len(h) > 0 {
		both.c.outer = h.Clone()
	}
	return &both.Response
}

// Over returns a Response that writes to w, for frameworks that change the
// writer within a request. The two commit once: whichever sends the first byte
// does it.
func (r *Response) Over(w http.ResponseWriter) *Response { return &Response{w, r.commit} }

// Run calls handle, which writes the response, and returns when it has returned.
//
// It also returns if handle panics with [http.ErrAbortHandler] and the commit has
// failed, because then the client is to get the error. httputil.ReverseProxy panics
// so when it cannot write, and net/http would cut the connection. Any other panic,
// and the abort of an error page, passes on.
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

// errPanicked is the error of a commit that never returned, and afterPanic what
// its error page needs.
var (
	errPanicked = errors.New("session: commit: a hook or the store panicked")
	afterPanic  = Headers{Vary: []string{"Cookie"}, NoStore: true}
)

// Commit does what happens before the headers leave, once; it returns the same error ever after.
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

// fail prepares the header for an error page, and again at each call until there
// is one: a handler that goes on may have changed it.
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

// Missed says that the headers have left past r, without a commit: what needs a
// cookie is lost, and [Response.Finish] reports it. It does nothing after a
// commit.
func (r *commit) Missed() {
	if r.done {
		return
	}
	r.done = true
	r.x.Missed()
}

// Finish ends the response when the handler has returned: it commits if nothing was written, and stores what was changed
// since. The error is that of the commit.
func (r *commit) Finish() error {
	if err := r.Commit(); err != nil {
		return err
	}
	r.x.Finish()
	return nil
}

// Err returns the error of a commit that failed, or of one that is going to fail
// whatever the handler still does, or nil.
func (r *commit) Err() error {
	if r.done {
		return r.err
	}
	return r.x.Failure()
}

// Header returns the header map of the response.
func (r *Response) Header() http.Header { return r.under.Header() }

// WriteHeader sends the status. Informational responses (1xx, except 101 which ends the exchange) pass through: the headers
// of the response proper are still to come.
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

// ReadFrom copies src to the body, by sendfile where the writer below can.
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

// Hijack takes over the connection. The session is stored first; its cookie is in the header map, for those who hijack to
// send along.
func (r *Response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := r.Commit(); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(r.under).Hijack()
}

// Push starts an HTTP/2 server push where the writer below can.
func (r *Response) Push(target string, opts *http.PushOptions) error {
	if p, ok := r.under.(http.Pusher); ok {
		return p.Push(target, opts)
	}
	return http.ErrNotSupported
}

// Unwrap returns the writer below, for [http.ResponseController].
func (r *Response) Unwrap() http.ResponseWriter { return r.under }
