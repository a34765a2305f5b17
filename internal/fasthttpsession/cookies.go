package fasthttpsession

import (
	"bufio"
	"bytes"

	"github.com/valyala/fasthttp"
)

// cookies returns the Cookie headers of the request as one.
func cookies(h *fasthttp.RequestHeader) string {
	// Before fasthttp's parser, which changes some cookies, has been at work,
	// Peek returns the same bytes at every call.
	first := h.Peek(fasthttp.HeaderCookie)
	if len(first) > 0 && &first[0] == &h.Peek(fasthttp.HeaderCookie)[0] {
		return unparsed(h)
	}
	// From fasthttp 1.70 on this lacks what the parser refuses: it may be
	// empty.
	now := parsed(h)
	if !hasCookie(h.RawHeaders()) {
		return now
	}
	// What came counts, if it still says the same. It does not if a middleware
	// changed the cookies, or if the request did not come over a connection of
	// fasthttp.
	var again fasthttp.RequestHeader
	raw := append([]byte("GET / HTTP/1.1\r\n"), h.RawHeaders()...)
	if again.Read(bufio.NewReaderSize(bytes.NewReader(raw), len(raw))) == nil {
		if came := unparsed(&again); parsed(&again) == now {
			return came
		}
	}
	return now
}

func hasCookie(raw []byte) bool {
	const name = "cookie:"
	for line := range bytes.Lines(raw) {
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			return true
		}
	}
	return false
}

// unparsed returns the cookies as they came, as long as the parser has not been
// at work.
func unparsed(h *fasthttp.RequestHeader) string {
	return string(bytes.Join(h.PeekAll(fasthttp.HeaderCookie), []byte(";")))
}

// parsed returns the cookies as Fiber's parser understands them.
func parsed(h *fasthttp.RequestHeader) string {
	h.VisitAllCookie(func(_, _ []byte) {}) // Now they are parsed.
	return string(h.Peek(fasthttp.HeaderCookie))
}
