package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/ringsession/ringsession/core/store"
)

// placeTries is how many places are drawn while every one belongs to a server
// that does not take new sessions. In a Cluster another place may be on another
// server.
const placeTries = 8

// NewPlace implements [store.Placer]. A place is the tag of a shard and a random
// part. The ring chooses the shard for the random part, among those that take
// new sessions.
func (s *Store) NewPlace(ctx context.Context) (string, error) {
	place, err := s.newPlace(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: %w", store.ErrNotDone, err)
	}
	return place, nil
}

func (s *Store) newPlace(ctx context.Context) (string, error) {
	t := s.topology.Load()
	switch {
	case t == nil:
		return "", errClosed
	case t.ring == nil:
		return "", errors.New("every shard is drained or retired: none takes new sessions")
	}
	resort := "" // on a server that answers at least
	for range placeTries {
		random := make([]byte, spreadLen*6/8)
		if _, err := io.ReadFull(rand.Reader, random); err != nil {
			return "", fmt.Errorf("random source: %w", err)
		}
		place, works := s.place(ctx, t, base64.RawURLEncoding.EncodeToString(random))
		if works {
			return place, nil
		}
		if resort == "" {
			resort = place
		}
	}
	if resort == "" {
		return "", errors.New("no shard that takes new sessions works")
	}
	return resort, nil
}

// place returns a place with the random part spread, on the shard that the ring
// prefers, or on the next one whose server takes new sessions. If no server
// does, it returns a place whose server's breaker is closed, or "".
func (s *Store) place(ctx context.Context, t *topology, spread string) (place string, works bool) {
	try := func(name string) bool {
		sh := t.byName[name]
		here := sh.tag() + spread
		server := sh.server(ctx, s.prefix+here)
		works = server.takesNew()
		if works || place == "" && server.breaker.isClosed() {
			place = here
		}
		return works
	}
	if try(t.ring.Lookup(spread)) {
		return place, true
	}
	for _, name := range t.ring.Owners(spread)[1:] {
		if try(name) {
			return place, true
		}
	}
	return place, false
}
