package redisstore

import (
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestACallThatComesAfterTheCloseIsTurnedAway(t *testing.T) {
	c := &conn{client: redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"}), own: true}
	if !c.enter() {
		t.Fatal("an open conn turns a call away")
	}
	closed := make(chan error, 1)
	go func() { closed <- c.close() }()
	select {
	case <-closed:
		t.Fatal("the conn was closed while a call was under way")
	default:
	}
	c.leave()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if c.enter() {
		t.Error("a closed conn lets a call in")
	}
	if err := c.close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
