package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestWhatIsShownOfAReply(t *testing.T) {
	number := func(text string) error {
		_, err := strconv.Atoi(text)
		return fmt.Errorf("reading: %w", err)
	}
	hidden := hideReply(errorReply("NOAUTH Authentication required by PLACE"))
	for _, test := range []struct {
		err     error
		want    string
		refused bool
	}{
		{errorReply("OOM command not allowed when used memory > 'maxmemory'."), "the server replied OOM", true},
		{errorReply("OOM"), "the server replied OOM", true},
		{errorReply("ERR Error running script (call to f_0a): @user_script:1: @user_script: 1: -READONLY You can't PLACE"),
			"the server replied READONLY", true}, // before version 7
		{errorReply("ERR unknown command 'evalsha', with args beginning with: 'session:PLACE'"),
			"the server replied ERR unknown command", true},
		{errorReply("ERR Unknown Redis command called from script script: 0a, on @user_script:8."), "the server replied ERR", false},
		{errorReply("NOPERM this user has no permissions to run the 'evalsha' command"), "the server replied NOPERM", true},
		{errorReply("NOPERM The user executing the script can't run this command script: 0a, on @user_script:40."),
			"the server replied NOPERM", false},
		{errorReply("session:PLACE is not for you"), "the server replied an error without a code", false},
		{errorReply("OOMsession:PLACE"), "the server replied an error without a code", false},
		{fmt.Errorf("together: %w", errorReply("LOADING PLACE")), "the server replied LOADING", true},
		{fmt.Errorf("not called, because: %w", hidden), "not called, because: the server replied NOAUTH", false},
		{errors.New("redis: can't parse \"PLACE\""), "the reply cannot be read", false},
		{errors.New("redis: invalid reply: \"PLACE\""), "the reply cannot be read", false},
		{number("PLACE"), "the reply cannot be read", false},
		{errorReply("WRONGTYPE Operation against PLACE"), "corrupt record: the key is no hash", false},
		{redis.ErrClosed, "redis: client is closed", false},
		{context.DeadlineExceeded, "context deadline exceeded", false},
		{io.EOF, "EOF", false},
	} {
		got := hideReply(test.err)
		if got.Error() != test.want || isRefusal(test.err) != test.refused {
			t.Errorf("%v: %q, refused %v; want %q, %v", test.err, got, isRefusal(test.err), test.want, test.refused)
		}
	}
	if hideReply(nil) != nil || !errors.Is(hideReply(fmt.Errorf("%w: %w", errorReply("OOM"), io.EOF)), io.EOF) {
		t.Error("what is hidden is not found")
	}
}

// A call without an error allocates nothing for one.
func TestNoErrorAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { _ = refused(nil, nil) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
