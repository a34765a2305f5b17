package takeover_test

import (
	"testing"

	"github.com/ringsession/ringsession/internal/lab/migrations/takeover"
)

type number int32

func TestTheNameOfAUser(t *testing.T) {
	for _, row := range []struct {
		id   any
		want string
	}{
		{7, "7"}, {int64(-7), "-7"}, {uint(7), "7"}, {uint64(1<<64 - 1), "18446744073709551615"}, {number(7), "7"},
		{7.0, "7"}, {12345678.0, "12345678"}, {1e21, "1000000000000000000000"}, {"ada", "ada"},
		{nil, ""}, {0, ""}, {0.0, ""}, {"", ""}, {true, ""}, {struct{ ID int }{7}, ""}, {[]byte("ada"), ""},
	} {
		if got := takeover.User(row.id); got != row.want {
			t.Errorf("User(%T %v) is %q, want %q", row.id, row.id, got, row.want)
		}
	}
}
