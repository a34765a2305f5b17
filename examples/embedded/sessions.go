package embedded

import "strings"

// Sessions returns the shard of each session that the servers keep, by the session's place. A paused server is looked into all
// the same.
func (s *Servers) Sessions() map[string]string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := make(map[string]string)
	for _, sv := range s.list {
		db := sv.redis.DB(0)
		for _, key := range db.Keys() {
			// Neither an index, nor what remembers the end of a session, has a time of creation.
			if db.HGet(key, "@c") != "" {
				found[strings.TrimPrefix(key, "session:")] = sv.name
			}
		}
	}
	return found
}
