package redisstore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

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

// decode makes a Record of the hash under the session's key and the key's PTTL.
func decode(id core.ID, hash map[string]string, ttl time.Duration) (*core.Record, error) {
	switch {
	case len(hash) == 0:
		return nil, core.ErrNotFound
	case hash[fieldNext] != "":
		return nil, core.ErrRenewed
	case hash[fieldName] == "":
		return nil, corrupt(id, fieldName)
	case hash[fieldName] != recordName(id):
		return nil, &foreignRecordError{id.Place()}
	case ttl == noKey:
		return nil, core.ErrNotFound
	case ttl < 0:
		return nil, fmt.Errorf("%w: the key of a session in place %q has no TTL", core.ErrCorrupt, id.Place())
	}
	r := &core.Record{
		User:   hash[fieldUser],
		Idle:   ttl,
		Final:  hash[fieldFinal] == "1",
		Fields: hash,
	}
	for _, f := range []struct {
		name     string
		to       *time.Time
		optional bool
	}{{fieldCreated, &r.Created, false}, {fieldDeadline, &r.Deadline, false}, {fieldLogin, &r.LoggedIn, true}} {
		text, ok := hash[f.name]
		if !ok && f.optional {
			continue
		}
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, corrupt(id, f.name)
		}
		*f.to = time.UnixMilli(ms)
	}
	for name := range hash {
		if strings.HasPrefix(name, "@") {
			delete(hash, name)
		}
	}
	return r, nil
}

func corrupt(id core.ID, field string) error {
	return fmt.Errorf("%w: field %s of a session in place %q", core.ErrCorrupt, field, id.Place())
}
