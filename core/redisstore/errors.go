package redisstore

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/store"
)

// refused returns err without the text of a server's reply. If the command
// certainly had no effect, it is a [store.ErrNotDone].
func refused(c *conn, err error) error {
	switch hidden := hideReply(err); {
	case err == nil:
		return nil
	case sendsOnce(c.client) && (isRefusal(err) || isUnreachable(err)):
		return fmt.Errorf("%w: %w", store.ErrNotDone, hidden)
	default:
		return hidden
	}
}

// hideReply returns err without the text of a server's reply: a server or a
// proxy may repeat in it what it was sent, or what it sends to others.
func hideReply(err error) error {
	if err == nil {
		return nil // without the allocations below
	}
	number, reply, done := (*strconv.NumError)(nil), redis.Error(nil), (*replyError)(nil)
	switch {
	case errors.As(err, &done):
		return err
	case errors.As(err, &reply):
		switch text := reply.Error(); {
		case errorCode(text) == "WRONGTYPE":
			return fmt.Errorf("%w: the key is no hash", store.ErrCorrupt)
		case noNumber.MatchString(text):
			return fmt.Errorf("%w: a reserved field is no number", store.ErrCorrupt)
		}
		return &replyError{errorCode(reply.Error()), err}
	case errors.As(err, &number), quotesReply.MatchString(err.Error()):
		return &unreadableError{err}
	}
	return err
}

// noNumber matches what Lua, and the one of miniredis, says of a reserved field
// that is no number.
var noNumber = regexp.MustCompile(`attempt to perform arithmetic|cannot perform \w+ operation`)

// quotesReply matches the errors of go-redis's parser.
var quotesReply = regexp.MustCompile(`redis: (can't|invalid)|bigInt\(`)

// A replyError is an error that a server replied. It shows the first word
// alone. It does not unwrap, because loggers print the whole chain; Is and As
// find what it hides.
type replyError struct {
	code   string
	hidden error
}

func (e *replyError) Error() string    { return "the server replied " + e.code }
func (e *replyError) GoString() string { return e.Error() } // for %#v
func (e *replyError) RedisError()      {}
func (e *replyError) As(to any) bool   { return errors.As(e.hidden, to) }
func (e *replyError) Is(t error) bool  { return errors.Is(e.hidden, t) }

// An unreadableError is a reply that go-redis could not read and repeats.
type unreadableError struct{ hidden error }

func (e *unreadableError) Error() string    { return "the reply cannot be read" }
func (e *unreadableError) GoString() string { return e.Error() }
func (e *unreadableError) As(to any) bool   { return errors.As(e.hidden, to) }
func (e *unreadableError) Is(t error) bool  { return errors.Is(e.hidden, t) }

var (
	firstWord = regexp.MustCompile(`^[A-Z]{2,20}\b`)
	// Before version 7, and in miniredis, the error of a command in a script
	// stands behind the script's own.
	inScript = regexp.MustCompile(`^ERR Error (?:running|compiling) script.*?: -?([A-Z]{2,20}) `)
)

const unknownCommand = "ERR unknown command"

// errorCode returns what may be shown of an error that a server replied.
func errorCode(text string) string {
	if strings.HasPrefix(text, unknownCommand) {
		return unknownCommand
	}
	if found := inScript.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	if code := firstWord.FindString(text); code != "" {
		return code
	}
	return "an error without a code"
}

// refusals are the codes of replies with which a server refuses a command, or
// the first that would write of a script, because of its own state.
var refusals = []string{
	unknownCommand, "OOM", "READONLY", "NOREPLICAS", "MISCONF", "LOADING", "BUSY", "MASTERDOWN",
	"CLUSTERDOWN", "MOVED", "ASK", "TRYAGAIN", "NOAUTH", "WRONGPASS", "NOPERM", "NOSCRIPT",
}

// hasCode reports whether err is a reply with the code.
func hasCode(err error, code string) bool {
	reply := redis.Error(nil)
	return errors.As(err, &reply) && errorCode(reply.Error()) == code
}

// isRefusal reports whether err is the reply of a server that has done nothing.
func isRefusal(err error) bool {
	reply := redis.Error(nil)
	if !errors.As(err, &reply) {
		return false
	}
	code := errorCode(reply.Error())
	// Rights may be missing for the second command of a script.
	inside := code == "NOPERM" && strings.Contains(reply.Error(), "script")
	return slices.Contains(refusals, code) && !inside
}

// isUnreachable reports whether no connection was made at all.
func isUnreachable(err error) bool {
	dial := (*net.OpError)(nil)
	return errors.As(err, &dial) && dial.Op == "dial" && !dial.Timeout()
}

// sendsOnce reports whether an error of the client is that of its only attempt.
// With others an earlier attempt may have had an effect.
func sendsOnce(client redis.UniversalClient) bool {
	c, ok := client.(*redis.Client)
	return ok && c.Options().MaxRetries <= 0
}

// isAnswer reports whether err is what the store found, rather than a failure.
func isAnswer(err error) bool {
	gone, tooLarge := (*store.GoneError)(nil), (*store.TooLargeError)(nil)
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrExists) ||
		errors.Is(err, store.ErrCorrupt) || errors.As(err, &gone) || errors.As(err, &tooLarge) ||
		errors.Is(err, store.ErrTaken) || errors.As(err, new(*store.CountError)) ||
		errors.Is(err, store.ErrForgotten)
}

// isShared reports whether err is the failure of a connection, which any of its
// calls may have caused.
func isShared(err error) bool {
	shared := (*sharedError)(nil)
	return errors.As(err, &shared)
}

// isReported reports whether err is the failure of a connection of which the
// breaker has heard from another call: one connection that breaks is one
// failure, however many calls it takes with it.
func isReported(err error) bool {
	shared := (*sharedError)(nil)
	return errors.As(err, &shared) && !shared.isFirst()
}

// outages are the beginnings of replies with which a server says that it cannot
// serve anybody now. Others, as OOM, READONLY and NOREPLICAS, refuse writes
// alone, and a breaker that opened would refuse the reads as well.
var outages = []string{
	"LOADING", "BUSY", "MOVED", "ASK", "CLUSTERDOWN", "MASTERDOWN", "NOAUTH", "WRONGPASS",
}

// isOutage reports whether err says something about the server, rather than
// about one session.
func isOutage(err error) bool {
	if err == nil || errors.Is(err, errNotReplicated) {
		return false
	}
	replied, outage := replyIn(err, outages)
	return outage || !replied
}

// isReply reports whether a server sent the error.
func isReply(err error) bool {
	replied, _ := replyIn(err, nil)
	return replied
}

// replyIn reports whether err is a server's reply, and whether it begins with
// one of the words.
func replyIn(err error, words []string) (replied, begins bool) {
	reply := redis.Error(nil)
	if !errors.As(err, &reply) {
		return false, false
	}
	begin := func(word string) bool { return strings.HasPrefix(reply.Error(), word) }
	return true, slices.ContainsFunc(words, begin)
}
