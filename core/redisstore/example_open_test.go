package redisstore_test

import (
	"context"
	"fmt"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
)

func ExampleOpen() {
	first, stopFirst := startRedis()
	defer stopFirst()
	second, stopSecond := startRedis()
	defer stopSecond()

	store, err := redisstore.Open(context.Background(), []redisstore.Shard{
		{Name: "a", URL: redisstore.NewURL(first)},
		{Name: "b", URL: redisstore.NewURL(second), Weight: 2}, // gets twice as many sessions
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()
	sessions, err := core.New(store, []byte("32 random bytes, from the secret"), nil)
	fmt.Println(sessions != nil, err)
	// Output: true <nil>
}
