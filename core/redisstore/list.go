package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/store"
)

const (
	pageSize = 100  // of a list, unless the query says otherwise
	maxPage  = 1000 // whatever the query says
)

// List implements [store.UserIndex]. It asks all shards at the same time, and
// takes two round trips: one for the indexes, one for the sessions of the page.
// A page has at most 1,000 sessions. If ctx has a deadline, a quarter of the
// time is kept for the second round trip.
func (s *Store) List(ctx context.Context, of store.Owner, q store.Query) (store.Page, error) {
	index := s.indexKey(of)
	after, err := parsePosition(q.After)
	if index == "" || err != nil {
		return store.Page{}, err
	}
	names, err := s.names("")
	if err != nil {
		return store.Page{}, err
	}
	m := merger{limit: min(cmp.Or(max(q.Limit, 0), pageSize), maxPage)}
	// A shard that hangs must leave time for the sessions of the others.
	indexes, cancel := withoutLastQuarter(ctx, true)
	defer cancel()
	failed := s.onShards(indexes, names, func(ctx context.Context, sh *shard) error {
		list, more, err := positions(ctx, sh.sendEach, index, after, m.limit)
		m.add(list, more)
		return err
	})
	var page store.Page
	var places []string
	places, page.Next = m.page()
	byShard := make(map[string][]string)
	for _, place := range places {
		if sh, err := s.find(place); err == nil {
			byShard[sh.Name] = append(byShard[sh.Name], place)
		}
	}
	with := slices.Collect(maps.Keys(byShard))
	maps.Copy(failed, s.onShards(ctx, with, func(ctx context.Context, sh *shard) error {
		list, err := s.read(ctx, sh, of, index, byShard[sh.Name], q.Fields)
		m.mu.Lock()
		defer m.mu.Unlock()
		page.Sessions = append(page.Sessions, list...)
		return err
	}))
	slices.SortFunc(page.Sessions, func(a, b store.Listed) int {
		return cmp.Or(b.Deadline.Compare(a.Deadline), strings.Compare(b.Place, a.Place))
	})
	return page, failed.err()
}

// A merger makes one list of those of several shards.
type merger struct {
	limit int

	mu   sync.Mutex
	all  []position
	more bool // than all, on a shard that gave limit of them or more
}

func (m *merger) add(list []position, more bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all, m.more = append(m.all, list...), m.more || more
}

// page returns the places that come first, and where the next page begins.
func (m *merger) page() (places []string, next string) {
	slices.SortFunc(m.all, position.compare)
	n := min(len(m.all), m.limit)
	for _, p := range m.all[:n] {
		places = append(places, p.place)
	}
	if n < len(m.all) || m.more {
		next = m.all[n-1].String()
	}
	return places, next
}

// String returns the position in a form for the caller of List.
func (p position) String() string { return fmt.Sprintf("%d.%s", p.deadline, p.place) }

// parsePosition returns the position that String wrote; the zero for "".
func parsePosition(text string) (p position, err error) {
	if text == "" {
		return p, nil
	}
	deadline, place, ok := strings.Cut(text, ".")
	if p.deadline, err = strconv.ParseInt(deadline, 10, 64); err != nil || !ok || place == "" {
		return p, fmt.Errorf("%w: %.60q is not where a page ends", store.ErrNotDone, text)
	}
	p.place = place
	return p, nil
}

// recordFields are the reserved fields that decode needs. A list shows no
// others.
var recordFields = []any{
	"@id", "@u", "@d", "@i", "@s", "@c", "@login", "@user", "@external", "@about", "@ended",
}

// read returns the owner's sessions at the places of the shard, with the fields
// that have these names.
func (s *Store) read(
	ctx context.Context, sh *shard, of store.Owner, index string, places, names []string,
) (list []store.Listed, err error) {
	fields := slices.Clone(recordFields)
	for _, name := range names {
		if strings.HasPrefix(name, "@") {
			continue
		}
		fields = append(fields, name)
		for n := 1; n <= maxParts; n++ {
			fields = append(fields, partName(n, name))
		}
	}
	var keys []string
	var cmds []redis.Cmder
	for _, place := range places {
		key := s.prefix + place
		keys = append(keys, key, key)
		// In this order, as in load.
		cmds = append(cmds, redis.NewDurationCmd(ctx, time.Millisecond, "pttl", key),
			redis.NewSliceCmd(ctx, append([]any{"hmget", key}, fields...)...))
	}
	failed := sh.sendEach(ctx, keys, cmds)
	if isReply(failed) {
		failed = nil // it is that of a command
	}
	var over []string
	for i, place := range places {
		if cmds[2*i] == nil {
			continue
		}
		ttl, hash := cmds[2*i].(*redis.DurationCmd), cmds[2*i+1].(*redis.SliceCmd)
		l, err := listed(place, fields, hash, ttl)
		gone := (*store.GoneError)(nil)
		switch {
		case errors.Is(err, store.ErrNotFound), errors.As(err, &gone):
			over = append(over, place)
		case errors.Is(err, store.ErrCorrupt):
		case err != nil:
			failed = err
		case of.User != "" && l.User == of.User, of.User == "" && l.External == of.External:
			l.Shard = sh.Name
			list = append(list, l)
		}
	}
	s.forget(ctx, sh.conn, of, index, over)
	return list, failed
}

// listed returns the session at the place.
func listed(
	place string, fields []any, hash *redis.SliceCmd, ttl *redis.DurationCmd,
) (store.Listed, error) {
	if err := errors.Join(hideReply(ttl.Err()), hideReply(hash.Err())); err != nil {
		return store.Listed{}, err
	}
	var pairs []string
	id := store.ID{Place: place}
	for i, val := range hash.Val() {
		name, _ := fields[i].(string)
		value, ok := val.(string)
		if !ok {
			continue
		}
		if name == "@id" && len(value) >= idLen {
			id.Fingerprint = value[store.PlaceLen:idLen]
		}
		pairs = append(pairs, name, value)
	}
	r, err := decode(id, id.Place+id.Fingerprint, pairs, ttl.Val())
	if err != nil {
		return store.Listed{}, err
	}
	return store.Listed{Place: place, Record: *r}, nil
}

// forget removes the entries of places without a session, so that later lists
// are shorter. The list does not fail if forget does. In a Cluster the session
// of an entry may be about to be stored, so entries stay there until their
// deadline.
func (s *Store) forget(
	ctx context.Context, c *conn, of store.Owner, index string, places []string,
) {
	if c.cluster == nil && len(places) > 0 {
		none := slices.Repeat([]lastLogin{noLogin}, len(places))
		_, _ = endEach(ctx, c.sendEach, s.prefix, index, of, places, none)
	}
}
