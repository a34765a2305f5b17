package redisstore

import (
	"context"
	"crypto/subtle"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/store"
)

// reservedFields is how many of them a new session without login has.
const reservedFields = 6

const idLen = store.PlaceLen + store.FingerprintLen

// A foreignRecordError is a reply that belongs to another session: the replies
// of the connection are out of step, as in CVE-2025-29923, and none can be
// trusted.
type foreignRecordError struct{ place string }

func (e *foreignRecordError) Error() string {
	return fmt.Sprintf("the reply for a session in place %q is the record of another session",
		e.place)
}

// A question has the commands that ask for a record. Their argument is a
// pointer to key, which go-redis takes as it takes the key.
type question struct {
	key  string
	ttl  *redis.DurationCmd
	raw  *redis.RawCmd
	cmds [2]redis.Cmder
}

// questions are those that were answered.
var questions = sync.Pool{New: func() any {
	q := new(question)
	q.ttl = redis.NewDurationCmd(context.Background(), time.Millisecond, "pttl", &q.key)
	q.raw = redis.NewRawCmd(context.Background(), "hgetall", &q.key)
	q.cmds = [2]redis.Cmder{q.ttl, q.raw}
	return q
}}

// answered returns the replies. Unless hooks of a foreign client may have kept
// the commands, they are used again.
func (q *question) answered(again bool) (hash []byte, ttl time.Duration) {
	hash, ttl = q.raw.Val(), q.ttl.Val()
	if again {
		q.key = ""
		q.raw.SetVal(nil)
		questions.Put(q)
	}
	return hash, ttl
}

// load reads the record under the session's key.
//
// PTTL comes first. If the server serves somebody else between the two
// commands, which it does only where a packet ends, a change of the session
// makes the time of reading too late. The other way round it would be too
// early, and an old login look young.
func load(ctx context.Context, c *conn, id store.ID, key, name string) (*store.Record, error) {
	q := questions.Get().(*question)
	q.key = key
	if err := c.send(ctx, key, q.cmds[:]...); err != nil {
		return nil, refused(c, err) // a caller that gave up leaves q to the connection
	}
	var space [64]string
	text, left := q.answered(c.own)
	// Nobody else has these bytes, and a copy of them would be the largest
	// thing that a read allocates.
	fields, ok := bulkStrings(space[:0], unsafe.String(unsafe.SliceData(text), len(text)))
	if ok {
		return decode(id, name, fields, left)
	}
	// An error, perhaps a redirection, or a reply in a form of its own:
	// go-redis knows them all.
	ttl := redis.NewDurationCmd(ctx, time.Millisecond, "pttl", key)
	hash := redis.NewMapStringStringCmd(ctx, "hgetall", key)
	if err := c.send(ctx, key, ttl, hash); err != nil {
		return nil, refused(c, err)
	}
	fields = space[:0]
	for field, value := range hash.Val() {
		fields = append(fields, field, value)
	}
	return decode(id, name, fields, ttl.Val())
}

// What PTTL replies in place of a time.
const (
	noTTL time.Duration = -1
	noKey time.Duration = -2
)

// decode makes a record of the fields under the session's key, names and values
// by turns, and the key's PTTL. opener is what @id begins with if the id opens
// the session.
func decode(
	id store.ID, opener string, fields []string, ttl time.Duration,
) (*store.Record, error) {
	if len(fields) == 0 || ttl == noKey {
		return nil, store.ErrNotFound
	}
	r := &store.Record{Left: ttl}
	r.Fields = make(map[string]string, max(len(fields)/2-reservedFields, 0))
	var name string
	var used, deadline, idle, created, login, renewed, ended number
	size := number(-1) // may be 0
	var space [4 * maxParts]string
	parts := space[:0]
	for i := 0; i < len(fields); i += 2 {
		value := fields[i+1]
		switch field := fields[i]; field {
		case "@id":
			name = value
		case "@u":
			used.read(value)
		case "@d":
			deadline.read(value)
		case "@i":
			idle.read(value)
		case "@s":
			size.read(value)
		case "@c":
			created.read(value)
		case "@login":
			login.read(value)
		case "@renewed":
			renewed.read(value)
		case "@ended":
			ended.read(value)
		case "@user":
			r.User = strings.Clone(value) // the user's name outlives the record
		case "@external":
			r.External = strings.Clone(value)
		case "@about":
			r.About = value
		default:
			if !strings.HasPrefix(field, "@") {
				r.Fields[field] = value
			} else if n, _ := partOf(field); n > 0 {
				parts = append(parts, field, value)
			}
		}
	}
	whole := join(r.Fields, parts)
	opens := subtle.ConstantTimeCompare([]byte(name[:min(len(name), idLen)]), []byte(opener)) == 1
	ends := used // of a session that was destroyed: until when that is remembered
	if ended == 0 {
		ends = endOf(used, idle, deadline)
	}
	r.Created, r.Used, r.Deadline = created.time(), used.time(), deadline.time()
	r.Now = ends.time().Add(-ttl)
	r.Idle, r.Locks = time.Duration(max(idle, -idle))*time.Millisecond, idle < 0
	switch {
	case login != 0:
		r.LoggedIn = login.time()
		renewed = max(renewed, login) // which was one too
	case r.User != "":
		r.LoggedIn = r.Created
	}
	switch {
	case name == "":
		return nil, corrupt(id, "@id")
	case !strings.HasPrefix(name, id.Place):
		return nil, &foreignRecordError{id.Place}
	case ttl == noTTL:
		return nil, corrupt(id, "its TTL")
	case used <= 0:
		return nil, corrupt(id, "@u")
	case ended > 0:
		return nil, &store.GoneError{Ago: max(0, r.Now.Sub(ended.time()))}
	case deadline <= 0:
		return nil, corrupt(id, "@d")
	case idle == 0, idle == notANumber:
		return nil, corrupt(id, "@i")
	case !opens && renewed > 0:
		return nil, &store.GoneError{Ago: max(0, r.Now.Sub(renewed.time())), Renewed: true}
	case !opens:
		return nil, store.ErrNotFound
	case size < 0:
		return nil, corrupt(id, "@s")
	case created <= 0:
		return nil, corrupt(id, "@c")
	case !whole:
		return nil, corrupt(id, "a part of a value")
	case login < 0, login > 0 && r.User == "":
		return nil, corrupt(id, "@login")
	}
	return r, nil
}

// endOf returns when a session ends if nobody uses it. A negative idle timeout
// locks it instead.
func endOf(used, idle, deadline number) number {
	if idle < 0 {
		return deadline
	}
	return min(used+idle, deadline)
}

// A number is milliseconds in a reserved field: 0 if it is missing, notANumber
// if it is none.
type number int64

const notANumber = math.MinInt64

func (n *number) read(text string) {
	ms, ok := parseNumber(text)
	if !ok {
		ms = notANumber
	}
	*n = number(ms)
}

func (n number) time() time.Time { return time.UnixMilli(int64(n)) }

func corrupt(id store.ID, what string) error {
	return fmt.Errorf("%w: %s is missing or wrong in place %q", store.ErrCorrupt, what, id.Place)
}
