package adapter

import "context"

// A ContextKey is the key of the session in the context that [Exchange.Context]
// returns, so Value(ContextKey{}) finds it. A framework whose requests are contexts
// of their own, with values of their own, keeps the session there as well.
type ContextKey struct{}

// An Exchange is the session's part in one request and its response. It is for one
// goroutine at a time, except that Finish may run in another.
type Exchange interface {
	// Context returns a copy of ctx that carries the session. Handlers get it.
	// It panics if ctx carries the session of another Manager whose cookie has the
	// same name, or that takes bearer tokens as well: each would replace what the
	// other gave the client.
	Context(ctx context.Context) context.Context

	// Commit stores what the request changed and returns the headers that the
	// response needs. Call it when the response's headers are about to leave. If it
	// fails, the response must become an error, for which [NewAnswer] is made, and
	// the headers that came with the error are to be applied all the same. A session
	// that nobody used costs nothing.
	//
	// Changes of a session that another request ended meanwhile are discarded,
	// without an error and without a cookie. A second Commit does nothing.
	Commit() (Headers, error)

	// Failure returns the error with which Commit will fail whatever the request
	// still does, or nil. Ask before the framework's error handler answers: if there
	// is an error, that handler would write for nobody.
	Failure() error

	// Missed says that the headers have left without a Commit: a change that needs a
	// new cookie is lost, and reported as core.EventLost.
	Missed()

	// Finish stores what the request changed after its headers had left, if that
	// needs no cookie; what does need one is lost and reported as core.EventLost.
	// Call it when the handler has returned, or its stream has ended.
	Finish()
}
