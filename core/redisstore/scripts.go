package redisstore

import (
	"context"
	_ "embed"
	"fmt"
	"math"
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
	script  *script
	key, id string
	text    [4]string // arguments
	numbers [4]int64  // arguments
	fields  [8]string // names and values of the first fields to set

	args  []any // of EVALSHA
	space [24]any
	cmds  [1]redis.Cmder
}

// evaluate returns an evaluation of the script for the session.
func (s *Store) evaluate(script *script, id store.ID) *evaluation {
	e := &evaluation{script: script}
	e.key, e.id = s.names(id)
	e.args = append(e.space[:0], "evalsha", &script.hash, 1, &e.key, &e.id)
	return e
}

// with appends arguments.
func (e *evaluation) with(args ...any) *evaluation {
	e.args = append(e.args, args...)
	return e
}

// withNumber appends the i-th number.
func (e *evaluation) withNumber(i int, n int64) *evaluation {
	e.numbers[i] = n
	return e.with(&e.numbers[i])
}

// withText appends the i-th text.
func (e *evaluation) withText(i int, text string) *evaluation {
	e.text[i] = text
	return e.with(&e.text[i])
}

// login appends the user to log in and the lifetimes.
func (e *evaluation) login(d store.Delta) *evaluation {
	return e.withText(3, d.Login).
		withNumber(2, d.Idle.Milliseconds()).withNumber(3, d.Absolute.Milliseconds())
}

// set appends the fields to set.
func (e *evaluation) set(d store.Delta) *evaluation {
	free := e.fields[:]
	next := func(text string) *string {
		if len(free) == 0 {
			free = make([]string, 32)
		}
		at := &free[0]
		*at, free = text, free[1:]
		return at
	}
	for name, value := range d.Set {
		first, rest := firstPart(name, value)
		e.args = append(e.args, next(name), next(first))
		for n := 1; rest != ""; n++ {
			part := rest[:min(len(rest), partLen)]
			e.args, rest = append(e.args, next(partName(n, name)), next(part)), rest[len(part):]
		}
	}
	return e
}

func (s *Store) newCreate(id store.ID, d store.Delta) *evaluation {
	return s.evaluate(createScript, id).withNumber(0, int64(weight(d.Size()))).login(d).set(d)
}

func (s *Store) newSave(id store.ID, d store.Delta) *evaluation {
	names := toDelete(d)
	return s.evaluate(saveScript, id).withText(0, padded(d.Nonce)).
		limits(d, names).with(names...).set(d)
}

func (s *Store) newRenewal(id store.ID, next string, d store.Delta) *evaluation {
	names := toDelete(d)
	return s.evaluate(renewScript, id).withText(0, id.Place+next).
		limits(d, names).login(d).with(names...).set(d)
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
	if deletes != 0 || partsOf(d) > fieldsAtOnce {
		room = -1
	}
	e.withNumber(0, int64(weight(added))).withNumber(1, int64(room))
	var text [3 * 12]byte
	rest := strconv.AppendInt(text[:0], int64(limits.Bytes), 10)
	rest = strconv.AppendInt(append(rest, ' '), int64(limits.Fields), 10)
	rest = strconv.AppendInt(append(rest, ' '), int64(deletes), 10)
	return e.withText(1, string(rest))
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
