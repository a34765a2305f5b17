package faultlab

import (
	"errors"
	"strings"
	"syscall"

	"github.com/ringsession/ringsession/core"
)

// An outcome is what a call's error says.
type outcome string

const (
	ok       outcome = "ok"
	notFound outcome = "ErrNotFound"
	gone     outcome = "ErrGone"
	renewed  outcome = "ErrRenewed"
	exists   outcome = "ErrExists"
	corrupt  outcome = "ErrCorrupt"
	refused  outcome = "an error that says that nothing was done"
	unknown  outcome = "an error after which nobody knows what was done"
)

var answers = []struct {
	err error
	outcome
}{
	{core.ErrRenewed, renewed}, // first, because it is an ErrNotFound and an ErrGone as well
	{core.ErrNotFound, notFound},
	{core.ErrGone, gone},
	{core.ErrExists, exists},
	{core.ErrCorrupt, corrupt},
}

// refusals are parts of errors of calls that never reached a server, or that it refused as a whole. The checker takes them
// at their word, so one that lies is found out.
var refusals = []string{"OOM command not allowed", "not called, because", "no shard in the list has the tag"}

func outcomeOf(err error) outcome {
	if err == nil {
		return ok
	}
	for _, a := range answers {
		if errors.Is(err, a.err) {
			return a.outcome
		}
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return refused
	}
	for _, part := range refusals {
		if strings.Contains(err.Error(), part) {
			return refused
		}
	}
	return unknown
}

// isError reports whether a user would have got a 503.
func (o outcome) isError() bool { return o == refused || o == unknown }
