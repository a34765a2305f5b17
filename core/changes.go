package core

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

// changes are a request's changes of its session, in the order of a
// [store.Delta]: clear, then deleted, then set. No key is both deleted and set.
type changes struct {
	clear   bool
	deleted map[string]struct{}
	set     map[string]string // values in JSON
	login   *login            // what it points to never changes
	renew   bool
	unlock  bool // with renew
	once    *once
}

func (c *changes) isEmpty() bool {
	return !c.clear && len(c.deleted) == 0 && len(c.set) == 0 && c.login == nil && !c.renew &&
		c.once.isEmpty()
}

// field returns the key's new value; known reports whether c changes the key.
func (c *changes) field(key string) (text string, ok, known bool) {
	if text, ok = c.set[key]; ok || c.clear {
		return text, ok, true
	}
	_, known = c.deleted[key]
	return "", false, known
}

// Keys are copied, because some frameworks return strings whose bytes change
// when the request is over.

func (c *changes) put(key, text string) {
	if c.set == nil {
		c.set = make(map[string]string)
	}
	key = strings.Clone(key)
	c.set[key] = text
	delete(c.deleted, key)
	c.once.forget(key)
}

func (c *changes) drop(key string) {
	delete(c.set, key)
	c.once.forget(key)
	if c.clear {
		return
	}
	if c.deleted == nil {
		c.deleted = make(map[string]struct{})
	}
	c.deleted[strings.Clone(key)] = struct{}{}
}

// dropAll keeps the login.
func (c *changes) dropAll() { c.clear, c.deleted, c.set, c.once = true, nil, nil, nil }

// applied returns the fields as c leaves them. It changes the given map, if
// there is one.
func (c *changes) applied(fields map[string]string) map[string]string {
	if c.clear || fields == nil {
		fields = maps.Clone(c.set)
	} else {
		for key := range c.deleted {
			delete(fields, key)
		}
		maps.Copy(fields, c.set)
	}
	if c.once.isEmpty() {
		return fields
	}
	if fields == nil {
		fields = make(map[string]string)
	}
	return c.once.applied(fields)
}

// then returns changes that have the effect of c, followed by later. The later
// ones ask for nothing, because a question is put when nothing else is begun.
func (c changes) then(later changes) changes {
	if later.login == nil {
		later.login = c.login
	}
	later.renew, later.unlock = later.renew || c.renew, later.unlock || c.unlock
	if later.clear {
		return later
	}
	c.login, c.renew, c.unlock = later.login, later.renew, later.unlock
	for key := range later.deleted {
		c.drop(key)
	}
	for key, text := range later.set {
		c.put(key, text)
	}
	if later.once != nil {
		for key, n := range later.once.add {
			c.add(key, n)
		}
		c.unrepeated()
	}
	return c
}

// delta returns the changes for a store, with the lifetimes and limits of
// terms.
func (c *changes) delta(terms store.Delta) store.Delta {
	terms.Clear, terms.Set, terms.Login, terms.Unlock = c.clear, c.set, c.login.stored(), c.unlock
	terms.Delete, terms.Once = slices.Collect(maps.Keys(c.deleted)), c.once.stored()
	if c.login != nil {
		terms.Lifetimes = c.login.lifetimes
	}
	return terms
}

// nonce returns a random name for a save. The store recognizes a repeated save
// by it. It has 36 bits. It need not be hard to guess, because only somebody
// with the session's id can send it.
func nonce() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	n, random := [6]byte{}, rand.Uint64()
	for i := range n {
		n[i] = letters[random>>(6*i)%64]
	}
	return string(n[:])
}

// unrepeated returns c's once, which it makes if need be.
func (c *changes) unrepeated() *once {
	if c.once == nil {
		c.once = new(once)
	}
	return c.once
}

// counts reports whether c adds to a key.
func (c *changes) counts() bool {
	return c.once != nil && (len(c.once.add) > 0 || c.once.upTo != nil)
}

// add adds n to a key. Callers have made sure that a value which c sets is a
// count.
func (c *changes) add(key string, n int64) {
	if text, _, known := c.field(key); known {
		was, _ := store.ParseCount(text)
		c.put(key, strconv.FormatInt(was+n, 10))
		return
	}
	o := c.unrepeated()
	if o.add == nil {
		o.add = make(map[string]int64)
	}
	o.add[strings.Clone(key)] += n
}

// over returns the value of a key that was text before c, if ok.
func (c *changes) over(key, text string, ok bool) (string, bool) {
	if text, ok, known := c.field(key); known {
		return text, ok
	}
	if n, adds := c.once.adds(key); adds {
		was, _ := store.ParseCount(text)
		return strconv.FormatInt(was+n, 10), true
	}
	if c.once != nil {
		if _, taken := c.once.take[key]; taken {
			return "", false
		}
	}
	return text, ok
}

func (c *changes) stopAsking() {
	if c.once != nil {
		c.once.upTo, c.once.take = nil, nil
	}
}
