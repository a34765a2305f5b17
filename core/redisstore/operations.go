package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

var (
	_ store.Store  = (*Store)(nil)
	_ store.Placer = (*Store)(nil)

	_ store.UserIndex = (*Store)(nil)
)

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id store.ID, d store.Delta) error {
	tooLarge := limitsFor(d, d.Login.User != "").Check(d.Size(), store.Limits{})
	if tooLarge == nil {
		with := run
		if d.Login.User != "" {
			with = s.durably
		}
		return s.run(ctx, id, d, with, s.newCreate(id, d))
	}
	// The place may be taken, or this may be a repetition: these come first.
	err := s.run(ctx, id, d, run, s.evaluate(createScript, id).with(-1))
	if errors.Is(err, store.ErrNotFound) {
		return tooLarge
	}
	return err
}

// Load implements [store.Store]. It takes one round trip. It uses no script,
// because a script would cost the server twice as much.
func (s *Store) Load(ctx context.Context, id store.ID) (*store.Record, error) {
	sh, err := s.enter(id)
	if err != nil {
		return nil, err
	}
	defer sh.leave()
	key, name := s.keyAndID(id)
	record, err := load(ctx, sh.conn, id, key, name)
	return record, sh.explain(ctx, err)
}

// Save implements [store.Store].
func (s *Store) Save(ctx context.Context, id store.ID, d store.Delta) error {
	if len(d.Nonce) > nonceLen {
		return fmt.Errorf("%w: the nonce is longer than %d characters", store.ErrNotDone, nonceLen)
	}
	return s.run(ctx, id, d, run, s.newSave(id, d))
}

// Renew implements [store.Store]. It waits for replicas as a login does: if a
// failover lost a renewal, the old id would work again, and the browser's new
// one would not.
func (s *Store) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	return s.run(ctx, id, d, s.durably, s.newRenewal(id, next, d))
}

// Refresh implements [store.Store].
func (s *Store) Refresh(ctx context.Context, id store.ID) error {
	return s.run(ctx, id, store.Delta{}, run, s.evaluate(refreshScript, id))
}

// Destroy implements [store.Store].
func (s *Store) Destroy(
	ctx context.Context, id store.ID, within time.Duration,
) (user string, err error) {
	destroy := s.evaluate(destroyScript, id).
		with(within.Milliseconds(), store.Memory.Milliseconds())
	var ended store.Login
	err = s.do(ctx, id, func(c *conn) error {
		reply, err := s.durably(ctx, c, destroy)
		if err != nil {
			return err
		}
		ended = reply.ended
		s.leaveIndexes(ctx, c, id.Place, ended)
		return reply.err(id.Place, store.Delta{})
	})
	if errors.Is(err, errRetired) || errors.Is(err, errNothing) {
		return "", nil
	}
	return ended.User, err
}

// errNothing means that there was nothing to destroy.
var errNothing = fmt.Errorf("%w: there was nothing", store.ErrNotFound)

// errRetired means that the session was on a shard that is retired.
var errRetired = fmt.Errorf("%w: its shard is retired", store.ErrNotFound)

// keyAndID returns the key of the session's record, which is the same for its
// whole life, and what the field @id of the record begins with. The two share
// memory.
func (s *Store) keyAndID(id store.ID) (key, record string) {
	both := s.prefix + id.Place + id.Fingerprint
	return both[:len(s.prefix)+len(id.Place)], both[len(s.prefix):]
}

// run executes a script that applies d to the session.
func (s *Store) run(
	ctx context.Context, id store.ID, d store.Delta, with runner, script *evaluation,
) error {
	if name, ok := reservedName(d); ok {
		return fmt.Errorf("%w: the name %q begins with @, which is for the store",
			store.ErrNotDone, name)
	}
	return s.do(ctx, id, func(c *conn) error {
		if err := s.enterIndexes(ctx, c, id, d, with, script); err != nil {
			return err
		}
		reply, err := with(ctx, c, script)
		if err != nil {
			return err
		}
		return reply.err(id.Place, d)
	})
}

// reservedName returns a name in d that begins like the store's own fields.
func reservedName(d store.Delta) (string, bool) {
	for name := range d.Set {
		if strings.HasPrefix(name, "@") {
			return name, true
		}
	}
	reserved := func(name string) bool { return strings.HasPrefix(name, "@") }
	if i := slices.IndexFunc(d.Delete, reserved); i >= 0 {
		return d.Delete[i], true
	}
	if d.Once == nil {
		return "", false
	}
	if i := slices.IndexFunc(d.Once.Take, reserved); i >= 0 {
		return d.Once.Take[i], true
	}
	for name := range d.Once.Add {
		if reserved(name) {
			return name, true
		}
	}
	return "", false
}

// do makes a call to the shard that keeps the session.
func (s *Store) do(ctx context.Context, id store.ID, call func(*conn) error) error {
	sh, err := s.enter(id)
	if err != nil {
		return err
	}
	defer sh.leave()
	return sh.explain(ctx, call(sh.conn))
}

// explain returns the error of a call to the shard, with its name if the shard
// did not do its work.
func (sh *shard) explain(ctx context.Context, err error) error {
	err = sh.confirm(ctx, err)
	if err == nil || isAnswer(err) {
		return err
	}
	return fmt.Errorf("shard %q: %w", sh.Name, err)
}

// enter finds the session's shard and begins a call to it.
func (s *Store) enter(id store.ID) (*shard, error) {
	for {
		sh, err := s.find(id.Place)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: %w", store.ErrNotDone, err)
		case sh.Retired:
			return nil, errRetired
		case sh.enter():
			return sh, nil
		}
		// Its conn was closed between find and enter, so there is another
		// topology.
	}
}

// find returns the shard whose tag the place carries.
func (s *Store) find(place string) (*shard, error) {
	t := s.topology.Load()
	if t == nil {
		return nil, errClosed
	}
	if len(place) != store.PlaceLen {
		return nil, errors.New("the session is not stored")
	}
	sh, ok := t.byTag[place[:tagLen]]
	if !ok {
		return nil, fmt.Errorf("no shard in the list has the tag %q of this session: "+
			"if the shard that made it still has its sessions, list it "+
			"(with Drain to keep new ones away); if they are gone, list its name with Retired",
			place[:tagLen])
	}
	return sh, nil
}
