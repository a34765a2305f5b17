package embedded

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/ringsession/ringsession/core/store"
)

// A Session is what a server keeps of one session, in the format that redisstore documents.
type Session struct {
	Mark  string // of its id
	Shard string
	User  string

	fields func(name string) string
}

// Field returns the JSON of a key of the session, or "".
func (s Session) Field(name string) string { return s.fields(name) }

// Sessions returns what the servers keep. A paused server is looked into all the same.
func (s *Servers) Sessions() []Session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []Session
	for _, sv := range s.list {
		db := sv.redis.DB(0)
		for _, key := range db.Keys() {
			// What remembers the end of a session has no time of creation.
			if db.HGet(key, "@c") == "" {
				continue
			}
			found = append(found, Session{
				Mark:   mark(db.HGet(key, "@id")[:store.PlaceLen+store.FingerprintLen]),
				Shard:  sv.name,
				User:   db.HGet(key, "@user"),
				fields: func(name string) string { return db.HGet(key, name) },
			})
		}
	}
	return found
}

// Mark is a short sign by which people can tell an id from others.
func Mark(id store.ID) string { return mark(id.Place + id.Fingerprint) }

func mark(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:4])
}
