package redisstore

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/store"
)

// Each shard has an index of each user and of each external id, as far as the
// shard has sessions of theirs: a sorted set of the places, scored by the
// deadlines. An entry without a session is harmless. A session without an entry
// would be found by nobody, so the entry is written first: by the script that
// stores the login, or in a Cluster, where indexes are on other servers than
// sessions, by one of its own. For the same reason only the scripts that see
// both, or have seen the end of the session, remove an entry before its
// deadline.

// indexKey returns the key of the owner's index, or "" if there is no owner.
func (s *Store) indexKey(of store.Owner) string {
	kind, name := "user:", of.User
	if name == "" {
		kind, name = "external:", of.External
	}
	if name == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(name))
	fingerprint := base64.RawURLEncoding.EncodeToString(sum[:])
	return s.prefix + kind + fingerprint[:store.FingerprintLen]
}

// indexKeys returns the keys of the indexes that have a session with the login.
func (s *Store) indexKeys(l store.Login) []string {
	var keys []string
	for _, of := range [...]store.Owner{{User: l.User}, {External: l.External}} {
		if key := s.indexKey(of); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// enterIndexes makes the script enter the session into the indexes of d's
// login, or enters it where the script cannot.
func (s *Store) enterIndexes(
	ctx context.Context, c *conn, id store.ID, d store.Delta, with runner, script *evaluation,
) error {
	if d.Login.User == "" {
		return nil
	}
	keys := s.indexKeys(d.Login)
	if c.cluster == nil {
		script.reaches(keys...)
		return nil
	}
	life := (d.Absolute + entrySlack).Milliseconds()
	for _, key := range keys {
		enter := enterScript.evaluate(key, id.Place).with(life, "")
		if _, err := with(ctx, c, enter); err != nil {
			return err
		}
	}
	return nil
}

// entrySlack is by how much an entry outlives its session in a Cluster, where
// the login is stored later than the entry, and by another server's clock. A
// call and its repetition take two seconds.
const entrySlack = 4 * time.Second

// leaveIndexes removes the entries of a session that has ended. If it fails,
// they stay until their deadline.
func (s *Store) leaveIndexes(ctx context.Context, c *conn, place string, l store.Login) {
	if l.User == "" {
		return
	}
	keys := s.indexKeys(l)
	_ = c.sendEach(ctx, keys, removals(ctx, keys, place))
}

// removals returns commands that remove the places from each of the sorted
// sets.
func removals(ctx context.Context, keys []string, places ...any) []redis.Cmder {
	cmds := make([]redis.Cmder, len(keys))
	for i, key := range keys {
		cmds[i] = redis.NewIntCmd(ctx, append([]any{"zrem", key}, places...)...)
	}
	return cmds
}

// A position is where a session is in a list: that with the latest deadline is
// the first, and the places decide between equals. So the indexes of all shards
// have one order.
type position struct {
	deadline int64 // Unix milliseconds
	place    string
}

func (p position) compare(other position) int {
	if p.deadline != other.deadline {
		return int(min(max(other.deadline-p.deadline, -1), 1))
	}
	return strings.Compare(other.place, p.place)
}

// positions returns the next entries of the index behind after, of which the
// zero is the beginning: at least n if there are more.
func positions(
	ctx context.Context, send sendEach, index string, after position, n int,
) (list []position, more bool, err error) {
	from := "+inf"
	if after != (position{}) {
		from = fmt.Sprint(after.deadline)
	}
	// Those with the same deadline as after come again. There are few, and not
	// more than logins in a millisecond.
	for ask := n + 10; ; ask *= 2 {
		cmd := redis.NewZSliceCmd(
			ctx, "zrevrangebyscore", index, from, "-inf", "withscores", "limit", 0, ask)
		if err := send(ctx, []string{index}, []redis.Cmder{cmd}); err != nil {
			return nil, false, err
		}
		list = list[:0]
		for _, z := range cmd.Val() {
			place, _ := z.Member.(string)
			p := position{int64(z.Score), place}
			if after == (position{}) || after.compare(p) < 0 {
				list = append(list, p)
			}
		}
		if more = len(cmd.Val()) == ask; !more || len(list) >= n {
			return list, more, nil
		}
	}
}
