package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/ringsession/ringsession/core"
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
			// The mark of a renewal has no @id.
			if db.HGet(key, "@id") == "" {
				continue
			}
			id := strings.NewReplacer("session:{", "", "}", "").Replace(key)
			found = append(found, Session{
				Mark:   mark(id),
				Shard:  sv.name,
				User:   db.HGet(key, "@user"),
				fields: func(name string) string { return db.HGet(key, name) },
			})
		}
	}
	return found
}

// Mark is a sign by which people can tell an id from others, and that is of no use to a thief.
func Mark(id core.ID) string { return mark(id.Place() + id.Secret()) }

func mark(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:4])
}
