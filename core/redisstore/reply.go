package redisstore

import "strings"

// bulkStrings appends to dst the strings of a reply to HGETALL: an array
// (RESP2) or a map (RESP3) of bulk strings, which are parts of raw. Any other
// reply is not ok. See
// https://redis.io/docs/latest/develop/reference/protocol-spec/.
func bulkStrings(dst []string, raw string) (_ []string, ok bool) {
	left, rest, ok := length(raw, '*')
	if !ok {
		left, rest, ok = length(raw, '%')
		left *= 2
	}
	for ; ok && left > 0; left-- {
		var n int
		n, rest, ok = length(rest, '$')
		if !ok || n > len(rest)-len("\r\n") || rest[n:n+2] != "\r\n" {
			return dst, false
		}
		dst, rest = append(dst, rest[:n]), rest[n+2:]
	}
	return dst, ok && rest == "" && len(dst)%2 == 0
}

// length reads the line that begins with kind and says how much follows.
func length(raw string, kind byte) (n int, rest string, ok bool) {
	if raw == "" || raw[0] != kind {
		return 0, raw, false
	}
	end := strings.IndexByte(raw, '\r')
	if end < 0 || end+1 == len(raw) || raw[end+1] != '\n' {
		return 0, raw, false
	}
	long, ok := parseNumber(raw[1:end])
	return int(long), raw[end+2:], ok && long >= 0 && long <= int64(len(raw))
}
