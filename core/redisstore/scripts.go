package redisstore

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/store"
)

// The parts of the scripts.
var (
	//go:embed lua/prelude.lua
	preludePart string
	//go:embed lua/clock.lua
	clockPart string
	//go:embed lua/session.lua
	sessionPart string
	//go:embed lua/change.lua
	changePart string
	//go:embed lua/create.lua
	createPart string
	//go:embed lua/save.lua
	savePart string
	//go:embed lua/renew.lua
	renewPart string
	//go:embed lua/refresh.lua
	refreshPart string
	//go:embed lua/destroy.lua
	destroyPart string
	//go:embed lua/ending.lua
	endingPart string
	//go:embed lua/entry.lua
	entryPart string
	//go:embed lua/enter.lua
	enterPart string
	//go:embed lua/end.lua
	endPart string
	//go:embed lua/orders.lua
	ordersPart string
)

var (
	createScript  = newScript(preludePart + clockPart + entryPart + createPart)
	saveScript    = newScript(preludePart + sessionPart + savePart + changePart)
	renewScript   = newScript(preludePart + sessionPart + entryPart + renewPart + changePart)
	refreshScript = newScript(preludePart + sessionPart + refreshPart)
	destroyScript = newScript(preludePart + clockPart + destroyPart + endingPart)
	endScript     = newScript(preludePart + clockPart + endPart + endingPart)
	enterScript   = newScript(preludePart + clockPart + entryPart + enterPart)
	ordersScript  = newScript(preludePart + clockPart + ordersPart)
)

// A script is Lua that replies with a status. A server that has seen the source
// knows it by its hash.
type script struct{ source, hash string }

func newScript(source string) *script {
	return &script{source, redis.NewScript(source).Hash()}
}

// An evaluation is a script with its key and arguments. go-redis takes pointers
// into the evaluation as it takes the values, so that they need no boxes.
type evaluation struct {
	script         *script
	key, id        string
	text           string // a nonce or an id
	idle, absolute int64  // milliseconds; idle is negative if it locks

	args  []any // of EVALSHA
	space [24]any
	cmds  [1]redis.Cmder
}

// evaluate returns an evaluation of the script for the session.
func (s *script) evaluate(key string, id store.ID) *evaluation {
	e := &evaluation{script: s, key: key, id: recordID(id)}
	e.args = append(e.space[:0], "evalsha", &s.hash, 1, &e.key, &e.id)
	return e
}

// with appends arguments.
func (e *evaluation) with(args ...any) *evaluation {
	e.args = append(e.args, args...)
	return e
}

// reaches adds keys to that of the session.
func (e *evaluation) reaches(keys ...string) *evaluation {
	more := make([]any, len(keys))
	for i, key := range keys {
		more[i] = key
	}
	const afterKey = 4
	e.args = slices.Insert(e.args, afterKey, more...)
	e.args[afterKey-2] = 1 + len(keys)
	return e
}

// lifetimes appends them.
func (e *evaluation) lifetimes(l store.Lifetimes) *evaluation {
	e.idle, e.absolute = l.Idle.Milliseconds(), l.Absolute.Milliseconds()
	if l.Locks {
		e.idle = -e.idle
	}
	return e.with(&e.idle, &e.absolute)
}

// set appends the fields to set.
func (e *evaluation) set(d store.Delta) *evaluation {
	for name, value := range d.Set {
		e.args = append(e.args, name, value)
	}
	return e
}

func createArgs(key string, id store.ID, d store.Delta) *evaluation {
	e := createScript.evaluate(key, id).with(weight(d.Size())).lifetimes(d.Lifetimes).set(d)
	if d.Login.User == "" {
		return e
	}
	for _, field := range [...]struct{ name, value string }{
		{"@user", d.Login.User}, {"@external", d.Login.External}, {"@about", d.Login.About},
	} {
		if field.value != "" {
			e = e.with(field.name, field.value)
		}
	}
	return e
}

func saveArgs(key string, id store.ID, d store.Delta) *evaluation {
	e := saveScript.evaluate(key, id)
	e.text = padded(d.Nonce)
	names := toDelete(d)
	return e.with(&e.text).limits(d, names).with(names...).set(d)
}

func renewArgs(key string, id store.ID, next string, d store.Delta) *evaluation {
	e := renewScript.evaluate(key, id)
	e.text = recordID(store.ID{Place: id.Place, Fingerprint: next})
	unlock := ""
	if d.Unlock {
		unlock = "1"
	}
	names := toDelete(d)
	return e.with(&e.text).limits(d, names).with(d.Login.User).lifetimes(d.Lifetimes).
		with(d.Login.External, d.Login.About, unlock).with(names...).set(d)
}

// noLimits are more than a session ever has.
var noLimits = store.Limits{Bytes: math.MaxInt32, Fields: math.MaxInt32 / perField}

// limits appends what the change adds, the limits, and how many names there are
// to delete, or -1 for all.
func (e *evaluation) limits(d store.Delta, names []any) *evaluation {
	added, deletes := d.Size(), len(names)
	if d.Clear {
		deletes = -1
	}
	room, limits := bounds(d.Limits, added)
	rest := strconv.Itoa(deletes) + limits
	if d.Guest != (store.Limits{}) && d.Login.User == "" {
		guests, limits := bounds(d.Guest, added)
		room = min(room, guests)
		rest += limits
	}
	if deletes != 0 || added.Fields > fieldsAtOnce {
		room = -1
	}
	return e.with(weight(added), room, rest)
}

// bounds returns the size up to which a session stays within the limits when
// fields are added, and how a script is told of both.
func bounds(l store.Limits, added store.Limits) (room int, text string) {
	limits := noLimits
	if l.Bytes > 0 {
		limits.Bytes = min(l.Bytes, limits.Bytes)
	}
	if l.Fields > 0 {
		limits.Fields = min(l.Fields, limits.Fields)
	}
	room = min(limits.Bytes, perField*limits.Fields) - weight(added)
	return room, fmt.Sprintf(" %d %d %d", room, limits.Bytes, limits.Fields)
}

// limitsFor returns the limits of d for a session that has a login after it, or
// has none.
func limitsFor(d store.Delta, login bool) store.Limits {
	if !login && d.Guest != (store.Limits{}) {
		return d.Guest
	}
	return d.Limits
}

// weight is what fields add to the field @s: their bytes, and perField each.
func weight(size store.Limits) int { return size.Bytes + perField*size.Fields }

const perField = 32

// fieldsAtOnce is how many fields one command of a script sets: Lua's stack takes
// a few thousand arguments.
const fieldsAtOnce = 500

// padded fills a nonce up to the width of one in the record, with what is in no
// nonce.
func padded(nonce string) string {
	if nonce == "" || len(nonce) >= nonceLen {
		return nonce
	}
	return nonce + strings.Repeat("\n", nonceLen-len(nonce))
}

const nonceLen = 6

// toDelete returns the names to delete that are neither set nor cleared.
func toDelete(d store.Delta) (names []any) {
	if d.Clear {
		return nil
	}
	for _, name := range d.Delete {
		if _, isSet := d.Set[name]; !isSet {
			names = append(names, name)
		}
	}
	return names
}

// on sends the evaluation, if need be with the source.
func (e *evaluation) on(
	ctx context.Context, c *conn, send func(context.Context, string, ...redis.Cmder) error,
) (reply, error) {
	cmd := redis.NewCmd(ctx, e.args...)
	e.cmds[0] = cmd
	err := send(ctx, e.key, e.cmds[:]...)
	if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		cmd = redis.NewCmd(ctx, append([]any{"eval", e.script.source}, e.args[2:]...)...)
		err = send(ctx, e.key, cmd)
	}
	if err != nil {
		return reply{}, refused(c, err)
	}
	return readReply(cmd.Val()), nil
}

// A reply of a script is a status and, 16 times, a number. The end of a session
// with a login has that login instead.
type reply struct {
	status int64
	ended  store.Login // User and External
}

func readReply(val any) reply {
	switch val := val.(type) {
	case int64:
		return reply{status: val}
	case []any:
		r := reply{status: statusOK}
		if len(val) == 2 {
			r.ended.User, _ = val[0].(string)
			r.ended.External, _ = val[1].(string)
		}
		return r
	}
	return reply{status: -1}
}

// The statuses, as lua/prelude.lua names them.
const (
	statusNotFound = iota
	statusOK
	statusExists
	statusEnded
	statusRenewed
	statusBytes
	statusFields
	statusCorrupt
	statusNothing
	statusGuestBytes
	statusGuestFields
)

func (r reply) ok() bool { return r.status%16 == statusOK || r.status%16 == statusNothing }

// err returns what the reply to a change by d means for the session at the place.
func (r reply) err(place string, d store.Delta) error {
	number, status := r.status/16, r.status%16
	switch status {
	case statusOK:
		return nil
	case statusNotFound:
		return store.ErrNotFound
	case statusExists:
		return store.ErrExists
	case statusEnded, statusRenewed:
		return &store.GoneError{
			Ago:     time.Duration(number) * time.Millisecond,
			Renewed: status == statusRenewed,
		}
	case statusBytes, statusGuestBytes:
		limits := limitsFor(d, status == statusBytes)
		return limits.Check(store.Limits{Bytes: int(number)}, store.Limits{})
	case statusFields, statusGuestFields:
		limits := limitsFor(d, status == statusFields)
		return limits.Check(store.Limits{Fields: int(number)}, store.Limits{})
	case statusNothing:
		return errNothing
	case statusCorrupt:
		return fmt.Errorf("%w: in place %q", store.ErrCorrupt, place)
	}
	return fmt.Errorf("a script replied %d, which means nothing", r.status)
}
