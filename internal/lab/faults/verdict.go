package faults

import "time"

// byteLimitAt is how much a connection may send under byteLimit: less than one script call, more than a handshake.
const byteLimitAt = 150

// A verdict is what becomes of bytes that arrived at a proxy.
type verdict struct {
	wait        time.Duration // first
	pass        int           // so many bytes
	end, rudely bool          // then the connection ends
}

func (p *proxy) request(l *link, n int) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.silent {
		return verdict{}
	}
	switch p.how {
	case blackHole:
		l.silent = true
		return verdict{}
	case reset:
		return verdict{end: true, rudely: true}
	case latency:
		return verdict{wait: p.delay, pass: n}
	case byteLimit:
		before := l.sent
		if l.sent += n; l.sent > byteLimitAt {
			return verdict{pass: max(byteLimitAt-before, 0), end: true}
		}
	}
	return verdict{pass: n}
}

func (p *proxy) reply(l *link, n int) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.silent {
		return verdict{}
	}
	switch p.how {
	case blackHole:
		l.silent = true
		return verdict{}
	case latency:
		return verdict{wait: p.delay, pass: n}
	case slowClose:
		l.silent = true
		return verdict{wait: closeAfter, end: true}
	case halfReply:
		l.silent = true
		return verdict{pass: n / 2}
	case dropReply:
		if p.left--; p.left == 0 {
			p.how = none
		}
		return verdict{end: true}
	}
	return verdict{pass: n}
}
