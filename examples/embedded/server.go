package embedded

import (
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	peers "github.com/alicebob/miniredis/v2/server"

	"github.com/ringsession/ringsession/core/redisstore"
)

type server struct {
	name  string
	redis *miniredis.Miniredis

	mu      sync.Mutex
	resumed chan struct{} // while the server is paused: closed when it goes on
	since   time.Time     // when it last went on
}

func (sv *server) shard() redisstore.Shard {
	return redisstore.Shard{Name: sv.name, URL: redisstore.NewURL("redis://" + sv.redis.Addr())}
}

func (sv *server) pause() {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	if sv.resumed == nil {
		sv.resumed = make(chan struct{})
	}
}

func (sv *server) resume() {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	if sv.resumed != nil {
		close(sv.resumed)
		sv.resumed, sv.since = nil, time.Now()
	}
}

func (sv *server) paused() bool {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	return sv.resumed != nil
}

// aftermath is how long the store may shun a server that works again.
const aftermath = 2 * time.Second

func (sv *server) disturbed() bool {
	sv.mu.Lock()
	defer sv.mu.Unlock()
	return sv.resumed != nil || time.Since(sv.since) < aftermath
}

// hold runs before every command.
func (sv *server) hold(*peers.Peer, string, ...string) (answered bool) {
	sv.mu.Lock()
	resumed := sv.resumed
	sv.mu.Unlock()
	if resumed != nil {
		<-resumed
	}
	return false
}
