package redisstore

import (
	"context"
	_ "embed"
	"fmt"
	"math"
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
)

var (
	createScript  = newScript(preludePart + clockPart + createPart)
	saveScript    = newScript(preludePart + sessionPart + savePart + changePart)
	renewScript   = newScript(preludePart + sessionPart + renewPart + changePart)
	refreshScript = newScript(preludePart + sessionPart + refreshPart)
	destroyScript = newScript(preludePart + clockPart + destroyPart)
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
	text           [2]string // a nonce or an id, and a user
	idle, absolute int64     // milliseconds

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

// login appends the user to log in and the lifetimes.
func (e *evaluation) login(d store.Delta) *evaluation {
	e.text[1], e.idle, e.absolute = d.Login, d.Idle.Milliseconds(), d.Absolute.Milliseconds()
	return e.with(&e.text[1], &e.idle, &e.absolute)
}

// set appends the fields to set.
func (e *evaluation) set(d store.Delta) *evaluation {
	for name, value := range d.Set {
		e.args = append(e.args, name, value)
	}
	return e
}

func createArgs(key string, id store.ID, d store.Delta) *evaluation {
	return createScript.evaluate(key, id).with(weight(d.Size())).login(d).set(d)
}

func saveArgs(key string, id store.ID, d store.Delta) *evaluation {
	e := saveScript.evaluate(key, id)
	e.text[0] = padded(d.Nonce)
	names := toDelete(d)
	return e.with(&e.text[0]).limits(d, names).with(names...).set(d)
}

func renewArgs(key string, id store.ID, next string, d store.Delta) *evaluation {
	e := renewScript.evaluate(key, id)
	e.text[0] = recordID(store.ID{Place: id.Place, Fingerprint: next})
	names := toDelete(d)
	return e.with(&e.text[0]).limits(d, names).login(d).with(names...).set(d)
}

// noLimits are more than a session ever has.
var noLimits = store.Limits{Bytes: math.MaxInt32, Fields: math.MaxInt32 / perField}

// limits appends what the change adds, the limits, and how many names there are
// to delete, or -1 for all.
func (e *evaluation) limits(d store.Delta, names []any) *evaluation {
	added, limits, deletes := d.Size(), noLimits, len(names)
	if d.Limits.Bytes > 0 {
		limits.Bytes = min(d.Limits.Bytes, limits.Bytes)
	}
	if d.Limits.Fields > 0 {
		limits.Fields = min(d.Limits.Fields, limits.Fields)
	}
	if d.Clear {
		deletes = -1
	}
	room := min(limits.Bytes, perField*limits.Fields) - weight(added)
	rest := fmt.Sprintf("%d %d %d %d", room, limits.Bytes, limits.Fields, deletes)
	if deletes != 0 || added.Fields > fieldsAtOnce {
		room = -1
	}
	return e.with(weight(added), room, rest)
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
	cmd := redis.NewIntCmd(ctx, e.args...)
	e.cmds[0] = cmd
	err := send(ctx, e.key, e.cmds[:]...)
	if err != nil && redis.HasErrorPrefix(err, "NOSCRIPT") {
		cmd = redis.NewIntCmd(ctx, append([]any{"eval", e.script.source}, e.args[2:]...)...)
		err = send(ctx, e.key, cmd)
	}
	if err != nil {
		return 0, refused(c, err)
	}
	return reply(cmd.Val()), nil
}

// A reply of a script is a status and, 16 times, a number.
type reply int64

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
)

func (r reply) ok() bool { return r%16 == statusOK || r%16 == statusNothing }

// err returns what the reply means for the session at the place.
func (r reply) err(place string, limits store.Limits) error {
	number := int64(r / 16)
	switch r % 16 {
	case statusOK:
		return nil
	case statusNotFound:
		return store.ErrNotFound
	case statusExists:
		return store.ErrExists
	case statusEnded, statusRenewed:
		return &store.GoneError{
			Ago:     time.Duration(number) * time.Millisecond,
			Renewed: r%16 == statusRenewed,
		}
	case statusBytes:
		return limits.Check(store.Limits{Bytes: int(number)}, store.Limits{})
	case statusFields:
		return limits.Check(store.Limits{Fields: int(number)}, store.Limits{})
	case statusNothing:
		return errNothing
	case statusCorrupt:
		return fmt.Errorf("%w: in place %q", store.ErrCorrupt, place)
	}
	return fmt.Errorf("a script replied %d, which means nothing", r)
}
