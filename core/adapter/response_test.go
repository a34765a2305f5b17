package adapter_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ringsession/ringsession/core/adapter"
)

// commits is an Exchange whose commit has the error.
type commits struct{ err error }

func (c commits) Context(ctx context.Context) context.Context { return ctx }
func (c commits) Commit() (adapter.Headers, error)            { return adapter.Headers{}, c.err }
func (c commits) Failure() error                              { return c.err }
func (c commits) Missed()                                     {}
func (c commits) Finish()                                     {}

func TestAnAbortIsAnsweredIfTheCommitFailed(t *testing.T) {
	type panicked = any
	outage, bug := errors.New("outage"), errors.New("bug")
	page := func(error) {}
	for _, test := range []struct {
		name   string
		commit error
		refuse func(error)
		with   panicked // what the handler panics with, after a write
		want   panicked
	}{
		{"no panic", outage, page, nil, nil},
		{"the commit failed", outage, page, http.ErrAbortHandler, nil},
		{"the adapter answers later", outage, nil, http.ErrAbortHandler, nil},
		{"another panic", outage, page, bug, bug},
		{"the server behind died", nil, page, http.ErrAbortHandler, http.ErrAbortHandler},
		{"the error page is aborted", outage, func(error) { panic(http.ErrAbortHandler) }, nil, http.ErrAbortHandler},
	} {
		r := adapter.NewResponse(httptest.NewRecorder(), commits{test.commit}, test.refuse)
		got := func() (got panicked) {
			defer func() { got = recover() }()
			r.Run(func() {
				_, _ = r.Write([]byte("x"))
				if test.with != nil {
					panic(test.with)
				}
			})
			return nil
		}()
		if got != test.want {
			t.Errorf("%s: Run panics with %v, want %v", test.name, got, test.want)
		}
	}
}

func TestAnAbortBeforeTheCommitPassesOn(t *testing.T) {
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("Run panics with %v, want %v", got, http.ErrAbortHandler)
		}
	}()
	r := adapter.NewResponse(httptest.NewRecorder(), commits{errors.New("outage")}, func(error) {})
	r.Run(func() { panic(http.ErrAbortHandler) })
}
