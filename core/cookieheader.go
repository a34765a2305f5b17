package core

import "strings"

// maxCandidates is how many cookies of our name a request may have. A browser
// sends one, or a few if a subdomain has set its own for us. To verify more is
// work that an attacker could cause.
const maxCandidates = 8

// Reasons why a request's cookie is refused, for [Event.Reason].
const (
	reasonForged     = "no cookie of the name verifies"
	reasonTooMany    = "more than eight cookies of the name"
	reasonAmbiguous  = "two different cookies verify"
	reasonIncomplete = "one of the two cookies is missing"
)

// credentials are what the Cookie headers of a request prove.
type credentials struct {
	id      id     // zero if nothing verified
	present bool   // there was a cookie of our name, good or bad
	reason  string // why a present cookie was refused
}

// candidates are the values that the Cookie headers have for one name.
type candidates struct {
	values [maxCandidates]string
	n      int
	over   bool // there were more than values holds
}

func (c *candidates) add(value string) {
	if c.n == maxCandidates {
		c.over = true
		return
	}
	c.values[c.n] = value
	c.n++
}

// collect adds the values of the cookie name from a Cookie header. It splits
// the header as RFC 6265, section 5.4 says and does no more: a pair ends at a
// semicolon, a name ends at the first "=", spaces and tabs around both are
// dropped, and quotes are part of a value.
func (c *candidates) collect(header, name string) {
	for len(header) > 0 {
		pair := header
		if i := strings.IndexByte(header, ';'); i >= 0 {
			pair, header = header[:i], header[i+1:]
		} else {
			header = ""
		}
		// The name is compared first, so the other cookies of a long header are
		// not parsed.
		pair = strings.TrimLeft(pair, " \t")
		if rest, ok := strings.CutPrefix(pair, name); ok {
			if value, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t"), "="); ok {
				c.add(strings.Trim(value, " \t"))
			}
		}
	}
}

// read decides which id the Cookie headers of a request prove. Before the
// signature is verified, nothing is decoded and no part of an id is used. read
// keeps the id in space.
func (m *Manager) read(headers []string, space *identity) credentials {
	var ids, macs candidates
	for _, h := range headers {
		ids.collect(h, m.cookie.Name)
		if m.cookie.MACName != "" {
			macs.collect(h, m.cookie.MACName)
		}
	}
	c := credentials{present: ids.n+macs.n > 0}
	switch {
	case !c.present:
	case ids.over || macs.over:
		c.reason = reasonTooMany
	case m.cookie.MACName == "":
		c.id, c.reason = m.pick(&ids, nil, space)
	case ids.n == 0 || macs.n == 0:
		c.reason = reasonIncomplete
	default:
		c.id, c.reason = m.pick(&ids, &macs, space)
	}
	return c
}

// pick returns the only id among the candidates that verifies. Without macs a
// candidate is a whole token.
func (m *Manager) pick(ids, macs *candidates, space *identity) (found id, reason string) {
	reason = reasonForged
	for _, value := range ids.values[:ids.n] {
		text := value
		var paired candidates
		if macs == nil {
			if len(value) != idLen+1+macLen || value[idLen] != '.' {
				continue
			}
			text = value[:idLen]
			paired.add(value[idLen+1:])
		} else {
			paired = *macs
		}
		if len(text) != idLen || !m.verifiesAny(text, &paired) {
			continue
		}
		if !found.isZero() && string(found.text[:]) != text {
			return id{}, reasonAmbiguous
		}
		found, reason = id{space}, ""
		copy(space.text[:], text)
	}
	return found, reason
}

func (m *Manager) verifiesAny(id string, macs *candidates) bool {
	for _, mac := range macs.values[:macs.n] {
		if m.keys.verify(id, mac) {
			return true
		}
	}
	return false
}
