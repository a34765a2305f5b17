package site

import (
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/ringsession/ringsession/core/redisstore"
)

// embedded starts a Redis server within this process for each name.
func embedded(names ...string) (shards []redisstore.Shard, stop func(), err error) {
	var servers []*miniredis.Miniredis
	done := make(chan struct{})
	stop = func() {
		close(done)
		for _, m := range servers {
			m.Close()
		}
	}
	for _, name := range names {
		m, err := miniredis.Run()
		if err != nil {
			stop()
			return nil, nil, fmt.Errorf("embedded Redis: %w", err)
		}
		servers = append(servers, m)
		shards = append(shards, redisstore.Shard{Name: name, URL: "redis://" + m.Addr()})
	}
	go tick(servers, done)
	return shards, stop, nil
}

// tick makes time pass for the servers: by itself miniredis expires nothing.
func tick(servers []*miniredis.Miniredis, done <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
			for _, m := range servers {
				m.FastForward(time.Second)
			}
		}
	}
}
