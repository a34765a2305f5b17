package redisstore

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
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
	//go:embed lua/journal.lua
	journalPart string
	//go:embed lua/once.lua
	oncePart string
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

// onceBegin is what once.lua and journal.lua need, and other scripts do not pay
// for.
var onceBegin = fmt.Sprintf(`
local MEMORY, ONCES, journal = %d, %d, false
local TAKEN, NO_COUNT, OVERFLOW, AT_LIMIT, FORGOTTEN = %d, %d, %d, %d, %d
`, store.Memory.Milliseconds(), store.Onces,
	statusTaken, statusNoCount, statusOverflow, statusAtLimit, statusForgotten)

var (
	createScript  = newScript(preludePart + clockPart + entryPart + createPart)
	saveScript    = newScript(preludePart + sessionPart + savePart + changePart)
	renewScript   = newScript(preludePart + sessionPart + entryPart + renewPart + changePart)
	refreshScript = newScript(preludePart + sessionPart + refreshPart)
	destroyScript = newScript(preludePart + clockPart + destroyPart + endingPart)
	endScript     = newScript(preludePart + clockPart + endPart + endingPart)
	enterScript   = newScript(preludePart + clockPart + entryPart + enterPart)
	ordersScript  = newScript(preludePart + clockPart + ordersPart)

	// Of deltas with a store.Once.
	saveOnceScript = newScript(preludePart + sessionPart + onceBegin + journalPart + oncePart +
		changePart)
	renewOnceScript = newScript(preludePart + sessionPart + entryPart + onceBegin + renewPart +
		oncePart + changePart)
)

// A script is Lua that replies with a status. A server that has seen the source
// knows it by its hash.
type script struct{ hash string }

// sources are those of the scripts by their hashes.
var sources = make(map[string]string)

func newScript(source string) *script {
	hash := redis.NewScript(source).Hash()
	sources[hash] = source
	return &script{hash}
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
	return script.evaluate(s.keyAndID(id))
}

// evaluate returns an evaluation with the key and the first argument.
func (s *script) evaluate(key, id string) *evaluation {
	e := &evaluation{script: s, key: key, id: id}
	e.args = append(e.space[:0], "evalsha", &s.hash, 1, &e.key, &e.id)
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

// lifetimes appends them. The idle time is negative if it locks.
func (e *evaluation) lifetimes(l store.Lifetimes) *evaluation {
	idle := l.Idle.Milliseconds()
	if l.Locks {
		idle = -idle
	}
	return e.withNumber(2, idle).withNumber(3, l.Absolute.Milliseconds())
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
	e := s.evaluate(createScript, id).withNumber(0, int64(weight(d.Size()))).
		lifetimes(d.Lifetimes).set(d)
	if d.Login.User != "" {
		e.with("@user", d.Login.User).setLogin(d.Login)
	}
	return e
}

// setLogin appends the fields of a login beside the user.
func (e *evaluation) setLogin(l store.Login) *evaluation {
	if l.External != "" {
		e.with(externalField, l.External)
	}
	if l.About != "" {
		e.with(aboutField, l.About)
	}
	return e
}

const (
	externalField = "@external"
	aboutField    = "@about"
)

func (s *Store) newSave(id store.ID, d store.Delta) *evaluation {
	names, with := toDelete(d), saveScript
	if d.Once != nil {
		with = saveOnceScript
	}
	return s.evaluate(with, id).withText(0, padded(d.Nonce)).
		limits(d, names).with(names...).set(d).once(d.Once)
}

func (s *Store) newRenewal(id store.ID, next string, d store.Delta) *evaluation {
	unlock := ""
	if d.Unlock {
		unlock = "1"
	}
	names, with := toDelete(d), renewScript
	if d.Once != nil {
		with = renewOnceScript
	}
	e := s.evaluate(with, id).withText(0, id.Place+next).limits(d, names).
		withText(2, d.Login.User).lifetimes(d.Lifetimes).
		with(unlessSet(externalField, d.Login.External)).
		with(unlessSet(aboutField, d.Login.About)).
		with(unlock).with(names...).set(d)
	if d.Login.User != "" {
		e.setLogin(d.Login)
	}
	return e.once(d.Once)
}

// once appends what must not be done twice, except the fields to take.
func (e *evaluation) once(o *store.Once) *evaluation {
	if o == nil {
		return e
	}
	names := added(o)
	for _, name := range names {
		a, limit := o.Add[name], any("")
		if a.Limited {
			limit = a.Limit
		}
		e.with(name, a.N, limit)
	}
	after := (o.After + time.Millisecond - 1).Milliseconds()
	return e.with(len(names), len(o.Take), after)
}

// added returns the names of the fields to add to, in the order in which a
// script is told of them.
func added(o *store.Once) []string {
	if o == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.Add))
}

// unlessSet returns the field if it has no value.
func unlessSet(field, value string) string {
	if value != "" {
		return ""
	}
	return field
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
	room, text := bounds(d.Limits, added)
	rest := strconv.AppendInt(make([]byte, 0, 60), int64(deletes), 10)
	rest = append(rest, text...)
	if d.Guest != (store.Limits{}) && d.Login.User == "" {
		guests, text := bounds(d.Guest, added)
		room, rest = min(room, guests), append(rest, text...)
	}
	sets := partsOf(d)
	if d.Once != nil {
		sets += len(d.Once.Add)
	}
	if deletes != 0 || sets > fieldsAtOnce {
		room = -1
	}
	e.withNumber(0, int64(weight(added))).withNumber(1, int64(room))
	return e.withText(1, string(rest))
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
	return room, " " + strconv.Itoa(limits.Bytes) + " " + strconv.Itoa(limits.Fields)
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

// fieldsAtOnce is how many fields one command of a script sets: Lua's stack
// takes a few thousand arguments.
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

// toDelete returns the names to delete that are neither set nor cleared. Those
// to take come first.
func toDelete(d store.Delta) (names []any) {
	if d.Clear {
		return nil
	}
	if d.Once != nil {
		for _, name := range d.Once.Take {
			names = append(names, name)
		}
	}
	for _, name := range d.Delete {
		if _, isSet := d.Set[name]; !isSet {
			names = append(names, name)
		}
	}
	return names
}

// withSources returns the evaluations whose script the server does not know.
// They bring the source from now on.
func withSources(cmds []redis.Cmder) (unknown []redis.Cmder) {
	for _, cmd := range cmds {
		if err := cmd.Err(); err == nil || !redis.HasErrorPrefix(err, "NOSCRIPT") {
			continue
		}
		args := cmd.Args()
		if hash, ok := args[1].(*string); ok {
			args[0], args[1] = "eval", sources[*hash]
			cmd.SetErr(nil)
			unknown = append(unknown, cmd)
		}
	}
	return unknown
}

// on sends the evaluation.
func (e *evaluation) on(ctx context.Context, send sendFunc) (reply, error) {
	cmd := redis.NewCmd(ctx, e.args...)
	e.cmds[0] = cmd
	if err := send(ctx, e.key, e.cmds[:]...); err != nil {
		return reply{}, err
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

// The statuses, as lua/prelude.lua and onceBegin name them.
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
	statusTaken
	statusNoCount
	statusOverflow
	statusAtLimit
	statusForgotten
)

// countReasons are why a script could not add to a field.
var countReasons = map[int64]error{
	statusNoCount:  store.ErrNoCount,
	statusOverflow: store.ErrOverflow,
	statusAtLimit:  store.ErrAtLimit,
}

func (r reply) ok() bool { return r.status%16 == statusOK || r.status%16 == statusNothing }

// err returns what the reply to a change by d means for the session at the
// place.
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
	case statusTaken:
		return store.ErrTaken
	case statusNoCount, statusOverflow, statusAtLimit:
		if names := added(d.Once); 0 < number && int(number) <= len(names) {
			return &store.CountError{Field: names[number-1], Reason: countReasons[status]}
		}
	case statusForgotten:
		return store.ErrForgotten
	case statusCorrupt:
		return fmt.Errorf("%w: in place %q", store.ErrCorrupt, place)
	}
	return fmt.Errorf("a script replied %d, which means nothing", r.status)
}
