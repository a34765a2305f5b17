package redisstore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

// A server knows whose shard it is. It keeps a mark, a hash under the key
// prefix + "shard", which is no session's because no place has five characters.
// Its fields:
//
//	name          of the shard
//	birth         a random id, so that a server that lost its data is another one
//	birth:b       what the shard b of the same list had, when its server was last seen
//	addr:b        a hash of its address
//	retired:b     the births, with spaces between, that b had when it was listed as
//	              retired
//
// The last three are the roster. They let a new process recognize that another
// shard lost its data, moved to an empty server or was retired.
type mark struct {
	name, birth string            // "" if there is no mark
	roster      map[string]string // the other fields
}

// readMark reads the whole mark.
func readMark(ctx context.Context, server redis.Cmdable, key string) (mark, error) {
	fields, err := server.HGetAll(ctx, key).Result()
	m := mark{name: fields["name"], birth: fields["birth"], roster: fields}
	return m, err
}

// writeMark gives the server a mark unless it has one. It returns the server's
// mark.
func writeMark(ctx context.Context, server redis.Cmdable, key, name, birth string) (mark, error) {
	got, err := server.Eval(ctx, `
local found = redis.call('HMGET', KEYS[1], 'name', 'birth')
if found[1] then
  return found
end
redis.call('HSET', KEYS[1], 'name', ARGV[1], 'birth', ARGV[2])
return {ARGV[1], ARGV[2]}`, []string{key}, name, birth).StringSlice()
	if err != nil || len(got) != 2 {
		return mark{}, errors.Join(err, ctx.Err())
	}
	return mark{name: got[0], birth: got[1]}, nil
}

// takeMark removes a mark that was just written.
func takeMark(ctx context.Context, server redis.Cmdable, key, birth string) {
	_ = server.Eval(ctx, `
return redis.call('HMGET', KEYS[1], 'birth')[1] == ARGV[1] and
	redis.call('PEXPIRE', KEYS[1], 0)`, []string{key}, birth).Err()
}

// known is what a store knows of a shard from former lists and from rosters. It
// has more than one birth or address where rosters differ.
type known struct {
	births, addrs, retired []string
}

// neverSeen stands for the birth of a shard that nobody saw before it was
// retired.
const neverSeen = "never seen"

// isRetired reports whether the server with this mark has the sessions of a
// shard that was retired, or is its empty successor.
func (k known) isRetired(found mark) bool {
	if found.name != "" {
		return slices.Contains(k.retired, found.birth)
	}
	livesAgain := func(birth string) bool { return !slices.Contains(k.retired, birth) }
	return len(k.retired) > 0 && !slices.ContainsFunc(k.births, livesAgain)
}

// check returns why the shard cannot be on the server with this mark.
func (k known) check(sh Shard, addr string, found mark) error {
	empty := found.name == ""
	switch {
	case !empty && found.name != sh.Name:
		return fmt.Errorf("its server is that of shard %q: are two addresses swapped, "+
			"or is one server listed twice? Correct the list. If the server is to change its "+
			"shard and its sessions may end, empty it first", found.name)
	case empty && sh.StartEmpty:
		return nil
	case k.isRetired(found):
		return errors.New("its name was listed as Retired, " +
			"and sessions that ended meanwhile would live again: " +
			"use a new name. If all its sessions may end, empty the server and set StartEmpty")
	case empty && addr != "" && len(k.addrs) > 0 && !slices.Contains(k.addrs, addr):
		return errors.New("its address has changed, " +
			"and the server at the new one has none of its sessions: " +
			"copy the data first. If all its sessions may end, set StartEmpty")
	}
	return nil
}

// marks is what a store knows of all its shards. It is safe for concurrent use.
type marks struct {
	key    string
	tell   func(core.Event)
	spread func() // brings the rosters up to date, in the background
	// ready is called before a server of the shard that did not answer serves
	// again.
	ready func(ctx context.Context, shard string, ping func(context.Context) error) error

	mu    sync.Mutex
	known map[string]known
}

func (m *marks) of(name string) known {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[name]
}

// learn notes the mark of a shard in use. The first caller with another birth
// reports that the data is lost.
func (m *marks) learn(id *identity, birth string) {
	m.mu.Lock()
	before := m.known[id.shard.Name]
	now := known{births: []string{birth}, addrs: before.addrs}
	if id.addr != "" {
		now.addrs = []string{id.addr}
	}
	m.known[id.shard.Name] = now
	m.mu.Unlock()
	id.birth.Store(&birth)
	if len(before.births) > 0 && !slices.Contains(before.births, birth) {
		m.tell(core.Event{Kind: core.EventShardEmpty, Shard: id.shard.Name, Err: errLostData})
		m.spread()
	}
}

var errLostData = errors.New("its server has lost its data: " +
	"everybody who had a session there is signed out")

// An identity checks that a server is the shard's.
type identity struct {
	*marks
	shard   Shard
	addr    string                 // a hash of the URL's address; "" with a Client
	opening atomic.Bool            // Open or SetShards has not looked yet
	birth   atomic.Pointer[string] // nil until the server was seen
}

func newIdentity(m *marks, sh Shard, o *redis.Options) *identity {
	id := &identity{marks: m, shard: sh}
	id.opening.Store(true)
	if o != nil {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", o.Network, o.Addr, o.DB))
		id.addr = base64.RawURLEncoding.EncodeToString(sum[:9])
	}
	return id
}

// connected checks the server of a new connection.
func (id *identity) connected(ctx context.Context, c *redis.Conn) error {
	if id.opening.Load() {
		return nil
	}
	return id.verify(ctx, c)
}

// verify returns an error if the server is another shard's, or has no mark and
// can get none.
func (id *identity) verify(ctx context.Context, server redis.Cmdable) error {
	got, err := server.HMGet(ctx, id.key, "name", "birth").Result()
	if err != nil || len(got) != 2 {
		return errors.Join(err, ctx.Err())
	}
	found := mark{}
	found.name, _ = got[0].(string)
	found.birth, _ = got[1].(string)
	birth := id.birth.Load()
	if birth != nil && *birth == found.birth && found.name == id.shard.Name {
		return nil
	}
	k := id.of(id.shard.Name)
	found, _, err = id.settle(ctx, server, found, k)
	switch {
	case err == nil:
		id.learn(id, found.birth)
		return nil
	case isReply(err) && len(k.births) == 0:
		return nil // it cannot be marked now, and there is nothing that it contradicts
	}
	return err
}

// settle checks the mark, and writes one where there is none. It reports
// whether it wrote it.
func (id *identity) settle(
	ctx context.Context, server redis.Cmdable, found mark, k known,
) (_ mark, written bool, err error) {
	if err := k.check(id.shard, id.addr, found); err != nil || found.name != "" {
		return found, false, err
	}
	birth := rand.Text()
	if found, err = writeMark(ctx, server, id.key, id.shard.Name, birth); err != nil {
		return found, false, err
	}
	if found.name != id.shard.Name { // another process, or another shard of the list, was first
		return found, false, k.check(id.shard, id.addr, found)
	}
	return found, found.birth == birth, nil
}

// identify checks the shards that answer, of which fresh are new to the
// topology. After an error nothing has changed, neither on the servers nor in
// the store.
func (s *Store) identify(ctx context.Context, t *topology, fresh []*shard) error {
	ctx, cancel := context.WithTimeout(ctx, 2*timeout)
	defer cancel()
	found := make(map[string]mark)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, sh := range t.shards {
		if sh.conn == nil {
			continue
		}
		wg.Go(func() {
			m, err := readMark(ctx, sh.client, s.marks.key)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				found[sh.Name] = m
			}
		})
	}
	wg.Wait()
	draft := s.marks.draft(found)
	for _, sh := range fresh {
		m, ok := found[sh.Name]
		if !ok {
			continue
		}
		if err := draft[sh.Name].check(sh.Shard, sh.identity.addr, m); err != nil {
			return fmt.Errorf("redisstore: shard %q: %w", sh.Name, err)
		}
	}
	undo := func() {}
	settled := make(map[*shard]mark)
	for _, sh := range fresh {
		m, ok := found[sh.Name]
		if !ok {
			continue
		}
		m, written, err := sh.identity.settle(ctx, sh.client, m, draft[sh.Name])
		if written {
			before := undo
			undo = func() { before(); takeMark(ctx, sh.client, s.marks.key, m.birth) }
		}
		switch {
		case err == nil:
			settled[sh] = m
		case isReply(err) || ctx.Err() != nil:
			s.logger.Warn("session shard takes no mark", "shard", sh.Name, "err", err)
		default:
			undo()
			return fmt.Errorf("redisstore: shard %q: %w", sh.Name, err)
		}
	}
	s.marks.adopt(draft, t)
	for _, sh := range fresh {
		sh.identity.opening.Store(false)
	}
	for sh, m := range settled {
		sh.identity.learn(sh.identity, m.birth)
	}
	s.marks.writeRosters(ctx, t, found)
	return nil
}

// draft returns what the store knows, and what the rosters on the servers say.
func (m *marks) draft(found map[string]mark) map[string]known {
	m.mu.Lock()
	draft := maps.Clone(m.known)
	m.mu.Unlock()
	if draft == nil {
		draft = make(map[string]known)
	}
	for listed, on := range found {
		if on.name != listed {
			continue
		}
		for field, value := range on.roster {
			kind, name, ok := strings.Cut(field, ":")
			if !ok || value == "" {
				continue
			}
			k := draft[name]
			switch kind {
			case "birth":
				k.births = union(k.births, value)
			case "addr":
				k.addrs = union(k.addrs, value)
			case "retired":
				k.retired = union(k.retired, strings.Fields(value)...)
			}
			draft[name] = k
		}
	}
	return draft
}

// union returns a sorted list of all that is in list or more.
func union(list []string, more ...string) []string {
	all := slices.Concat(list, more)
	slices.Sort(all)
	return slices.Compact(all)
}

// adopt makes the draft what the store knows, with the shards that t retires.
func (m *marks) adopt(draft map[string]known, t *topology) {
	for _, sh := range t.shards {
		if k := draft[sh.Name]; sh.Retired {
			if k.retired = union(k.retired, k.births...); len(k.retired) == 0 {
				k.retired = []string{neverSeen}
			}
			draft[sh.Name] = k
		}
	}
	m.mu.Lock()
	m.known = draft
	m.mu.Unlock()
}

// writeRosters writes to each server what its roster lacks. Errors do not
// matter: the next Open tries again.
func (m *marks) writeRosters(ctx context.Context, t *topology, have map[string]mark) {
	roster := make(map[string]string)
	for _, sh := range t.shards {
		if sh.Retired {
			roster["retired:"+sh.Name] = strings.Join(m.of(sh.Name).retired, " ")
		} else if birth := sh.identity.birth.Load(); birth != nil {
			roster["birth:"+sh.Name], roster["addr:"+sh.Name] = *birth, sh.identity.addr
		}
	}
	var wg sync.WaitGroup
	for _, sh := range t.shards {
		if sh.conn == nil {
			continue
		}
		var lacking []any
		for field, value := range roster {
			_, name, _ := strings.Cut(field, ":")
			if name != sh.Name && have[sh.Name].roster[field] != value {
				lacking = append(lacking, field, value)
			}
		}
		if len(lacking) > 0 {
			wg.Go(func() { _ = sh.client.HSet(ctx, m.key, lacking...).Err() })
		}
	}
	wg.Wait()
}

// spreadMarks brings the rosters up to date after a server has lost its data.
func (s *Store) spreadMarks() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*timeout)
	defer cancel()
	if t := s.topology.Load(); t != nil {
		s.marks.writeRosters(ctx, t, nil)
	}
}

// confirm returns err, which says that a session was not found. If the shard's
// server cannot be believed, it returns why. Connections that the store made
// were checked when they were made.
func (c *conn) confirm(ctx context.Context, err error) error {
	if c.own || c.cluster != nil || !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if wrong := c.identity.verify(ctx, c.client); wrong != nil {
		return wrong
	}
	return err
}
