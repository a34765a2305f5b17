package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
)

// The fields that scripts write beside those of the session. Keys of the session cannot begin with "@".
const (
	fieldName     = "@id"
	fieldCreated  = "@created"
	fieldDeadline = "@deadline"
	fieldUser     = "@user"
	fieldLogin    = "@login"
	fieldFinal    = "@final"
	fieldNext     = "@next"
)

// reservedFields is how many of them a record of a user who logged in has.
const reservedFields = 6

// noKey is what PTTL replies for a key that is not there.
const noKey time.Duration = -2

// nameLen is how much of the secret a record repeats: 96 bits, enough to tell any two sessions apart.
const nameLen = 16

// recordName is what the record of the session calls itself.
func recordName(id core.ID) string { return id.Secret()[:nameLen] }

// A foreignRecordError is a reply that belongs to another session: the connection's replies are out of step, as in
// CVE-2025-29923, and nothing of them can be trusted.
type foreignRecordError struct{ place string }

func (e *foreignRecordError) Error() string {
	return fmt.Sprintf("the reply for a session in place %q is the record of another session", e.place)
}

// A question asks for a record. It has what go-redis needs in one piece: the commands' arguments and a pointer to the key, which
// go-redis takes as it takes the key.
type question struct {
	key        string
	hash, life [2]any
	cmds       [2]redis.Cmder
}

// load reads the record under the session's key.
func load(ctx context.Context, c *conn, id core.ID, key string) (*core.Record, error) {
	q := &question{key: key}
	q.hash, q.life = [2]any{"hgetall", &q.key}, [2]any{"pttl", &q.key}
	raw, ttl := redis.NewRawCmd(ctx, q.hash[:]...), redis.NewDurationCmd(ctx, time.Millisecond, q.life[:]...)
	q.cmds = [2]redis.Cmder{raw, ttl}
	if err := c.send(ctx, key, q.cmds[:]...); err != nil {
		return nil, err
	}
	var space [64]string
	reply := raw.Val()
	// Nobody else has these bytes, and a copy of them would be the largest thing that a read allocates.
	if fields, ok := bulkStrings(space[:0], unsafe.String(unsafe.SliceData(reply), len(reply))); ok {
		return decode(id, fields, ttl.Val())
	}
	// An error, perhaps a redirection, or a reply in a form of its own: go-redis knows them all.
	hash, ttl := redis.NewMapStringStringCmd(ctx, q.hash[:]...), redis.NewDurationCmd(ctx, time.Millisecond, q.life[:]...)
	if err := c.send(ctx, key, hash, ttl); err != nil {
		return nil, err
	}
	fields := space[:0]
	for name, value := range hash.Val() {
		fields = append(fields, name, value)
	}
	return decode(id, fields, ttl.Val())
}

// decode makes a Record of the fields under the session's key, names and values by turns, and the key's PTTL.
func decode(id core.ID, fields []string, ttl time.Duration) (*core.Record, error) {
	if len(fields) == 0 {
		return nil, core.ErrNotFound
	}
	r := &core.Record{Idle: ttl, Fields: make(map[string]string, max(len(fields)/2-reservedFields, 0))}
	var name, next, created, deadline, login string
	for i := 0; i < len(fields); i += 2 {
		value := fields[i+1]
		switch field := fields[i]; field {
		case fieldName:
			name = value
		case fieldNext:
			next = value
		case fieldCreated:
			created = value
		case fieldDeadline:
			deadline = value
		case fieldLogin:
			login = value
		case fieldUser:
			r.User = value
		case fieldFinal:
			r.Final = value == "1"
		default:
			if !strings.HasPrefix(field, "@") {
				r.Fields[field] = value
			}
		}
	}
	switch {
	case next != "":
		return nil, core.ErrRenewed
	case name == "":
		return nil, corrupt(id, fieldName)
	case name != recordName(id):
		return nil, &foreignRecordError{id.Place()}
	case ttl == noKey:
		return nil, core.ErrNotFound
	case ttl < 0:
		return nil, fmt.Errorf("%w: the key of a session in place %q has no TTL", core.ErrCorrupt, id.Place())
	case !parseTime(&r.Created, created):
		return nil, corrupt(id, fieldCreated)
	case !parseTime(&r.Deadline, deadline):
		return nil, corrupt(id, fieldDeadline)
	case login != "" && !parseTime(&r.LoggedIn, login):
		return nil, corrupt(id, fieldLogin)
	}
	return r, nil
}

// parseTime reads Unix milliseconds.
func parseTime(t *time.Time, text string) bool {
	ms, err := strconv.ParseInt(text, 10, 64)
	*t = time.UnixMilli(ms)
	return err == nil
}

func corrupt(id core.ID, field string) error {
	return fmt.Errorf("%w: field %s of a session in place %q", core.ErrCorrupt, field, id.Place())
}
