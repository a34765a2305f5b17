package redisstore

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// The part of RESP2 that the store's calls need:
// https://redis.io/docs/latest/develop/reference/protocol-spec/.

// appendCommand appends a command as servers read it. The arguments are strings
// and whole numbers, or pointers to them.
func appendCommand(b []byte, args []any) ([]byte, error) {
	b = appendLength(b, '*', len(args))
	for _, arg := range args {
		switch arg := arg.(type) {
		case string:
			b = appendBulk(b, arg)
		case *string:
			b = appendBulk(b, *arg)
		case int:
			b = appendNumber(b, int64(arg))
		case int64:
			b = appendNumber(b, arg)
		case *int64:
			b = appendNumber(b, *arg)
		default:
			return b, fmt.Errorf("an argument of a command is a %T", arg)
		}
	}
	return b, nil
}

func appendLength(b []byte, kind byte, n int) []byte {
	return append(strconv.AppendInt(append(b, kind), int64(n), 10), '\r', '\n')
}

func appendBulk(b []byte, text string) []byte {
	return append(append(appendLength(b, '$', len(text)), text...), '\r', '\n')
}

func appendNumber(b []byte, n int64) []byte {
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	return append(append(appendLength(b, '$', len(text)), text...), '\r', '\n')
}

// A scan finds the end of replies, of which parts may be still to come.
type scan struct {
	left  int // values to find
	at    int // how many bytes were scanned
	needs int // how many bytes there must be before it can go on; 0 if unknown
}

// maxReply is the longest string of a reply, which is Redis's own limit.
const maxReply = 512 << 20

var errProtocol = errors.New("the server's reply is no RESP2")

// read goes on where it stopped, and reports whether all values are there.
func (s *scan) read(b []byte) (whole bool, err error) {
	for s.left > 0 {
		end := bytes.IndexByte(b[s.at:], '\n')
		if end < 0 {
			return false, nil
		}
		line := b[s.at : s.at+end]
		if end < 2 || line[end-1] != '\r' {
			return false, errProtocol
		}
		next := s.at + end + 1
		switch line[0] {
		case '+', '-', ':':
		case '$', '*':
			n, ok := parseNumber(line[1 : end-1])
			switch {
			case !ok, n < -1, n > maxReply:
				return false, errProtocol
			case n < 0: // null
			case line[0] == '*':
				s.left += int(n)
			default:
				if next += int(n) + 2; next > len(b) {
					s.needs = next
					return false, nil
				}
				if b[next-2] != '\r' || b[next-1] != '\n' {
					return false, errProtocol
				}
			}
		default:
			return false, errProtocol
		}
		s.left--
		s.at, s.needs = next, 0
	}
	return true, nil
}

// parseNumber reads a decimal number. It takes at most 18 digits, which cannot
// overflow. There are about thirty in a reply, and strconv.ParseInt takes
// several times as long.
func parseNumber[T string | []byte](text T) (n int64, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			return 0, false
		}
		n = 10*n + int64(digit)
	}
	if negative {
		n = -n
	}
	return n, 0 < len(text) && len(text) <= 18
}

// An errorReply is an error that a server replied.
type errorReply string

func (e errorReply) Error() string { return string(e) }

// RedisError implements [redis.Error].
func (errorReply) RedisError() {}

// settle gives each command its reply, and returns the first error among them.
func settle(cmds []redis.Cmder, replies []byte) (first error) {
	for i, cmd := range cmds {
		end := len(replies) // of the last one, as the reader has found
		if i < len(cmds)-1 {
			s := scan{left: 1}
			if whole, err := s.read(replies); err != nil || !whole {
				return errProtocol
			}
			end = s.at
		}
		err := settleOne(cmd, replies[:end])
		replies = replies[end:]
		if err != nil {
			cmd.SetErr(err)
			if first == nil {
				first = err
			}
		}
	}
	return first
}

func settleOne(cmd redis.Cmder, reply []byte) error {
	if reply[0] == '-' {
		return errorReply(reply[1 : len(reply)-2])
	}
	number := func() (int64, error) {
		n, ok := parseNumber(reply[1 : len(reply)-2])
		if reply[0] != ':' || !ok {
			return 0, errProtocol
		}
		return n, nil
	}
	var n int64
	var err error
	switch cmd := cmd.(type) {
	case *redis.RawCmd:
		if len(reply) <= len(call{}.small) {
			reply = bytes.Clone(reply)
		}
		cmd.SetVal(reply)
	case *redis.MapStringStringCmd:
		flat, ok := bulkStrings(nil, string(reply))
		if !ok {
			return errProtocol
		}
		fields := make(map[string]string, len(flat)/2)
		for i := 0; i < len(flat); i += 2 {
			fields[flat[i]] = flat[i+1]
		}
		cmd.SetVal(fields)
	case *redis.IntCmd:
		n, err = number()
		cmd.SetVal(n)
	case *redis.DurationCmd: // of PTTL
		n, err = number()
		if cmd.SetVal(time.Duration(n)); n >= 0 {
			cmd.SetVal(time.Duration(n) * time.Millisecond)
		}
	default:
		return settleAny(cmd, reply)
	}
	return err
}

// settleAny gives a command of the index its reply. These are rare.
func settleAny(cmd redis.Cmder, reply []byte) error {
	value, _ := parseValue(reply)
	list, isList := value.([]any)
	switch cmd := cmd.(type) {
	case *redis.Cmd:
		if value == nil {
			return redis.Nil
		}
		cmd.SetVal(value)
		return nil
	case *redis.SliceCmd:
		cmd.SetVal(list)
	case *redis.StringSliceCmd:
		texts := make([]string, len(list))
		for i, text := range list {
			texts[i], _ = text.(string)
		}
		cmd.SetVal(texts)
	case *redis.ZSliceCmd:
		members := make([]redis.Z, len(list)/2)
		for i := range members {
			score, _ := list[2*i+1].(string)
			n, err := strconv.ParseFloat(score, 64)
			if err != nil {
				return errProtocol
			}
			members[i] = redis.Z{Member: list[2*i], Score: n}
		}
		cmd.SetVal(members)
	default:
		return fmt.Errorf("a command is a %T, whose reply cannot be read", cmd)
	}
	if !isList {
		return errProtocol
	}
	return nil
}

// parseValue returns the first value of replies that a scan found whole, as
// go-redis would: nil, a string, an int64, an error or an []any.
func parseValue(b []byte) (value any, rest []byte) {
	end := bytes.IndexByte(b, '\n') + 1
	kind, text, rest := b[0], b[1:end-2], b[end:]
	n, _ := parseNumber(text)
	switch {
	case kind == '+':
		return string(text), rest
	case kind == '-':
		return errorReply(text), rest
	case kind == ':':
		return n, rest
	case n < 0:
		return nil, rest
	case kind == '$':
		return string(rest[:n]), rest[n+2:]
	}
	list := make([]any, n)
	for i := range list {
		list[i], rest = parseValue(rest)
	}
	return list, rest
}
