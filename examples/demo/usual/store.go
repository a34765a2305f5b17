// Package usual keeps sessions the way that many applications do: one JSON value for each session, written with SET and a
// TTL, on a ring of Redis servers that passes over a server which does not answer. The demo shows it beside ringsession.
// It is here to be compared with, not to be used.
package usual

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	prefix = "usual:"
	ttl    = 30 * time.Minute
	// silence is how long a server may take to answer. go-redis waits for three seconds and tries three times; the demo
	// shows the same in less time.
	silence = 300 * time.Millisecond
)

// A Store keeps sessions on the ring of go-redis: the hash of the id chooses among the servers that answer. It is safe for
// concurrent use.
type Store struct{ ring *redis.Ring }

// Open returns a store on the servers: their names, and their URLs as in [redis.ParseURL].
func Open(servers map[string]string) (*Store, error) {
	for name, url := range servers {
		if _, err := redis.ParseURL(url); err != nil {
			return nil, fmt.Errorf("the usual way: server %q: its URL is not that of one Redis server", name)
		}
	}
	return &Store{redis.NewRing(&redis.RingOptions{
		Addrs: servers, NewClient: newClient, HeartbeatFrequency: silence, MaxRetries: -1,
	})}, nil
}

// newClient gets a server's URL as the address.
func newClient(o *redis.Options) *redis.Client {
	options, err := redis.ParseURL(o.Addr)
	if err != nil {
		panic(err) // Open has parsed it
	}
	options.ReadTimeout, options.WriteTimeout, options.MaxRetries = silence, silence, -1
	return redis.NewClient(options)
}

// Servers returns how many servers the ring takes for alive.
func (s *Store) Servers() int { return s.ring.Len() }

// Add adds a server that Open did not have: the hash chooses among one more from now on.
func (s *Store) Add(servers map[string]string) { s.ring.SetAddrs(servers) }

// Close closes the connections. The sessions stay until their TTL is over.
func (s *Store) Close() error { return s.ring.Close() }

// load returns the values of the session. An error reads as "no session": that is the usual way.
func (s *Store) load(ctx context.Context, id string) (values map[string]any, ok bool) {
	text, err := s.ring.GetEx(ctx, prefix+id, ttl).Bytes()
	if err != nil {
		return nil, false
	}
	err = json.Unmarshal(text, &values)
	return values, err == nil
}

// save writes all values. The last one to write wins, and nobody asks whether the session is still there.
func (s *Store) save(ctx context.Context, id string, values map[string]any) error {
	text, err := json.Marshal(values)
	if err != nil {
		return err
	}
	return s.ring.Set(ctx, prefix+id, text, ttl).Err()
}

func (s *Store) remove(ctx context.Context, id string) error {
	return s.ring.Del(ctx, prefix+id).Err()
}
