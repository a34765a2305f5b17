// Package usual keeps sessions the way that many applications do: one JSON
// value for each session, written with SET and a TTL, on a ring of Redis
// servers that passes over a server which does not answer. The demo shows it
// beside ringsession. It is here to be compared with, not to be used.
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
	// silence is how long a server may take to answer. By default go-redis
	// waits for three seconds, and tries again; the demo shows the same in less
	// time.
	silence = 500 * time.Millisecond
)

// A Store keeps sessions on the ring of go-redis: the hash of the id chooses
// among the servers that answer. Its middleware is safe for concurrent use.
type Store struct {
	ring    *redis.Ring
	options map[string]*redis.Options // of the servers, by their names
}

// Open returns a store on the servers. See [Store.SetServers].
func Open(servers map[string]string) (*Store, error) {
	s := &Store{options: make(map[string]*redis.Options)}
	s.ring = redis.NewRing(&redis.RingOptions{
		HeartbeatFrequency: silence, MaxRetries: -1,
		// The ring knows the servers by their names: a URL may hold a password.
		NewClient: func(o *redis.Options) *redis.Client { return redis.NewClient(s.options[o.Addr]) },
	})
	if err := s.SetServers(servers); err != nil {
		_ = s.ring.Close()
		return nil, err
	}
	return s, nil
}

// SetServers lets the hash choose among the servers from now on. They are given
// by their names and URLs, as in [redis.ParseURL]. The sessions whose server is
// another one now are lost.
func (s *Store) SetServers(servers map[string]string) error {
	names := make(map[string]string)
	for name, url := range servers {
		o, err := redis.ParseURL(url)
		if err != nil {
			return fmt.Errorf("the usual way: server %q: its URL is not that of one Redis server", name)
		}
		o.ReadTimeout, o.WriteTimeout, o.MaxRetries = silence, silence, -1
		s.options[name], names[name] = o, name
	}
	s.ring.SetAddrs(names)
	return nil
}

// Servers returns how many servers the ring takes for alive.
func (s *Store) Servers() int { return s.ring.Len() }

// Close closes the connections. The sessions stay until their TTL is over.
func (s *Store) Close() error { return s.ring.Close() }

// load returns the values of the session. An error reads as "no session": that
// is the usual way.
func (s *Store) load(ctx context.Context, id string) (values map[string]any, ok bool) {
	text, err := s.ring.GetEx(ctx, prefix+id, ttl).Bytes()
	if err != nil {
		return nil, false
	}
	err = json.Unmarshal(text, &values)
	return values, err == nil
}

// save writes all values. The last one to write wins, and nobody asks whether
// the session is still there.
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
