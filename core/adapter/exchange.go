package adapter

import "context"

// A ContextKey is the key of the session in the context that [Exchange.Context]
// returns: Value(ContextKey{}) finds it. In some frameworks a request is itself
// a context, with values of its own. The session must be there as well.
type ContextKey struct{}

// An Exchange is the session's part in one request and its response. It is for
// one goroutine at a time, except that Finish may run in another.
type Exchange interface {
	// Context returns a copy of ctx that carries the session, for the handlers.
	// It panics if ctx carries a session of another Manager, and both Managers
	// have the same cookie name or both take bearer tokens. Each would then
	// replace what the other gave the client.
	Context(ctx context.Context) context.Context

	// Commit stores what the request changed and returns the headers that the
	// response needs. Call it when the response's headers are about to leave.
	// If it fails, replace the response by an error, which [NewAnswer] makes,
	// and apply the headers that came with the error. If nobody used the
	// session, Commit makes no call.
	//
	// If another request ended the session meanwhile, the changes are
	// discarded, without an error and without a cookie. A second Commit does
	// nothing.
	Commit() (Headers, error)

	// Failure returns the error with which Commit will certainly fail, or nil.
	// Call it before the framework's error handler answers: if there is an
	// error, the page of that handler would be dropped.
	Failure() error

	// Missed records that the headers have left without a Commit. A change that
	// needs a new cookie is then lost, and reported as core.EventLost.
	Missed()

	// Finish stores what the request changed after its headers had left. A
	// change that needs a new cookie is lost, and reported as core.EventLost.
	// Call it when the handler has returned, or its stream has ended.
	Finish()
}
