package takeover_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/internal/lab/migrations/takeover"
)

// One Bridge serves the whole program.
func Example() {
	secret := bytes.Repeat([]byte("example."), 4)
	sessions, err := core.New(memstore.New(), secret, nil)
	if err != nil {
		panic(err)
	}
	bridge := takeover.Bridge{
		Sessions: sessions,
		Redis:    redis.NewClient(&redis.Options{Addr: "10.0.0.1:6379"}),
		Secret:   secret,              // the new one
		Lifetime: 30 * 24 * time.Hour, // the longest MaxAge of the old cookies
	}
	fmt.Println(bridge.Lifetime)
	// Output: 720h0m0s
}
