package faults

import (
	"context"
	"os"
	"testing"

	"github.com/redis/go-redis/v9"
)

// silence takes the place of go-redis's logger, which tells of every connection that cannot be made.
type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(silence{})
	os.Exit(m.Run())
}
