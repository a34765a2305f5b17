package redisstore

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestCommandsAsServersReadThem(t *testing.T) {
	text, number := "é", int64(-7)
	got, err := appendCommand([]byte("before "), []any{"SET", &text, 0, int64(1) << 62, &number, ""})
	want := "before *6\r\n$3\r\nSET\r\n$2\r\né\r\n$1\r\n0\r\n$19\r\n4611686018427387904\r\n$2\r\n-7\r\n$0\r\n\r\n"
	if err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if _, err := appendCommand(nil, []any{"SET", 1.5}); err == nil || err.Error() != "an argument of a command is a float64" {
		t.Errorf("an argument of another type: %v", err)
	}
}

func TestWhereRepliesEnd(t *testing.T) {
	for _, test := range []struct {
		replies string
		values  int
		err     error
	}{
		{"+OK\r\n", 1, nil},
		{":-1\r\n", 1, nil},
		{"-ERR no\r\n", 1, nil},
		{"$0\r\n\r\n", 1, nil},
		{"$-1\r\n", 1, nil},
		{"*-1\r\n", 1, nil},
		{"*0\r\n", 1, nil},
		{":1\r\n*2\r\n$4\r\na\r\nb\r\n$1\r\n1\r\n", 2, nil},
		{"*2\r\n*1\r\n:1\r\n*2\r\n$-1\r\n+x\r\n", 1, nil},
		{"hello\r\n", 1, errProtocol},
		{"%1\r\n", 1, errProtocol}, // RESP3
		{"\r\n", 1, errProtocol},
		{"+OK\n", 1, errProtocol},
		{"$x\r\n", 1, errProtocol},
		{"$-2\r\n", 1, errProtocol},
		{"$536870913\r\n", 1, errProtocol},
		{"$1\r\nabc", 1, errProtocol},
		{"*1\r\n?\r\n", 1, errProtocol},
	} {
		s := scan{left: test.values}
		whole, err := s.read([]byte(test.replies + "+the next\r\n"))
		if !errors.Is(err, test.err) || err == nil && (!whole || s.at != len(test.replies)) {
			t.Errorf("%q: ends at %d, %v, %v; want %d, %v", test.replies, s.at, whole, err, len(test.replies), test.err)
		}
	}
}

// However a reply is split into packets, its end is where it is without.
func FuzzRepliesInParts(f *testing.F) {
	f.Add([]byte(":1\r\n*4\r\n$1\r\na\r\n$1\r\n1\r\n$0\r\n\r\n$2\r\n\r\n\r\n"))
	f.Add([]byte("-ERR\r\n*1\r\n*1\r\n:1\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		at := scan{left: 2}
		whole, err := at.read(b)
		parts := scan{left: 2}
		for n := range len(b) + 1 {
			inPart, errInPart := parts.read(b[:n])
			if errInPart != nil && err == nil || inPart && (!whole || parts.at != at.at) {
				t.Fatalf("%q: after %d bytes %v, %v at %d; in one %v, %v at %d", b, n, inPart, errInPart, parts.at, whole, err, at.at)
			}
			if inPart || errInPart != nil {
				return
			}
			if parts.needs > 0 && n+1 < parts.needs {
				if early, _ := parts.read(b[:n]); early {
					t.Fatalf("%q: whole after %d bytes, though it said %d", b, n, parts.needs)
				}
			}
		}
		if whole {
			t.Fatalf("%q: whole in one piece and not in parts", b)
		}
	})
}

func TestCommandsGetTheirReplies(t *testing.T) {
	ctx := t.Context()
	number, life, raw := redis.NewIntCmd(ctx), redis.NewDurationCmd(ctx, time.Millisecond), redis.NewRawCmd(ctx)
	gone, fields := redis.NewDurationCmd(ctx, time.Millisecond), redis.NewMapStringStringCmd(ctx)
	replies := []byte(":7\r\n:1500\r\n$2\r\nhi\r\n:-2\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n")
	if err := settle([]redis.Cmder{number, life, raw, gone, fields}, replies); err != nil {
		t.Fatal(err)
	}
	clear(replies) // which belong to somebody else from now on
	if number.Val() != 7 || life.Val() != 1500*time.Millisecond || !bytes.Equal(raw.Val(), []byte("$2\r\nhi\r\n")) ||
		gone.Val() != noKey || fields.Val()["a"] != "1" {
		t.Errorf("%v, %v, %q, %v, %v", number, life, raw.Val(), gone, fields)
	}
	err := settle([]redis.Cmder{number, life}, []byte("-OOM no\r\n-NOPERM other\r\n"))
	if !redis.HasErrorPrefix(err, "OOM") || !errors.Is(number.Err(), err) || !redis.HasErrorPrefix(life.Err(), "NOPERM") {
		t.Errorf("errors: %v, %v, %v", err, number.Err(), life.Err())
	}
	for _, cmd := range []redis.Cmder{redis.NewIntCmd(ctx), redis.NewDurationCmd(ctx, 1), redis.NewMapStringStringCmd(ctx), redis.NewBoolCmd(ctx)} {
		if err := settle([]redis.Cmder{cmd}, []byte("+odd\r\n")); err == nil {
			t.Errorf("a %T takes any reply", cmd)
		}
	}
}
