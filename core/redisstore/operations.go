package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ringsession/ringsession/core"
)

var _ core.Store = (*Store)(nil)

// Create implements [core.Store].
func (s *Store) Create(ctx context.Context, id core.ID, nonce string, d core.Delta) error {
	create := createScript.evaluate(s.key(id), "").with(nonce, recordName(id)).change(d)
	return s.run(ctx, id, s.runnerFor(d), create)
}

// Load implements [core.Store]: one round trip, and no script, which would cost the server twice as much.
func (s *Store) Load(ctx context.Context, id core.ID) (record *core.Record, err error) {
	err = s.do(ctx, id, func(c *conn) (err error) {
		record, err = load(ctx, c, id, s.key(id))
		return err
	})
	return record, err
}

// Save implements [core.Store].
func (s *Store) Save(ctx context.Context, id core.ID, d core.Delta) error {
	return s.run(ctx, id, run, saveScript.evaluate(s.key(id), "").change(d))
}

// Renew implements [core.Store].
func (s *Store) Renew(ctx context.Context, id, next core.ID, d core.Delta) error {
	if id.Place() != next.Place() {
		return fmt.Errorf("renewal from place %q to %q", id.Place(), next.Place())
	}
	renew := renewScript.evaluate(s.key(id), s.key(next)).
		with(next.Secret(), recordName(next), core.RenewGrace.Milliseconds()).change(d)
	return s.run(ctx, id, s.runnerFor(d), renew)
}

// Refresh implements [core.Store].
func (s *Store) Refresh(ctx context.Context, id core.ID, l core.Lifetimes) error {
	err := s.run(ctx, id, run, refreshScript.evaluate(s.key(id), "").with(l.Idle.Milliseconds()))
	if errors.Is(err, core.ErrGone) {
		return nil
	}
	return err
}

// Destroy implements [core.Store].
func (s *Store) Destroy(ctx context.Context, id core.ID) error {
	err := s.run(ctx, id, s.durably, destroyScript.evaluate(s.key(id), "").with(s.keyBase(id)))
	if errors.Is(err, core.ErrGone) {
		return nil
	}
	return err
}

// key is the name of the session's record. The place is the key's hash tag, so all ids that a session ever has are in one
// slot of a Cluster.
func (s *Store) key(id core.ID) string { return s.keyBase(id) + id.Secret() }

func (s *Store) keyBase(id core.ID) string { return s.prefix + "{" + id.Place() + "}" }

// runnerFor returns the durable runner for a change that logs somebody in.
func (s *Store) runnerFor(d core.Delta) runner {
	if d.Login != "" {
		return s.durably
	}
	return run
}

// run executes a script for the session.
func (s *Store) run(ctx context.Context, id core.ID, with runner, script *evaluation) error {
	err := s.do(ctx, id, func(c *conn) error {
		status, err := with(ctx, c, script)
		if err != nil {
			return err
		}
		return statusError(status)
	})
	if errors.Is(err, core.ErrNotFound) && !errors.Is(err, core.ErrRenewed) {
		// A retired shard: what was to be changed is gone.
		return core.ErrGone
	}
	return err
}

// do makes a call to the shard that keeps the session.
func (s *Store) do(ctx context.Context, id core.ID, call func(*conn) error) error {
	sh, err := s.enter(id)
	if err != nil {
		return err
	}
	defer sh.leave()
	err = sh.confirm(ctx, call(sh.conn))
	switch {
	case err == nil, errors.Is(err, core.ErrNotFound), errors.Is(err, core.ErrGone), errors.Is(err, core.ErrExists):
		return err
	case strings.Contains(err.Error(), "WRONGTYPE"):
		return fmt.Errorf("%w: the key of a session in place %q is no hash", core.ErrCorrupt, id.Place())
	case errors.Is(err, core.ErrCorrupt):
		return err
	}
	return fmt.Errorf("shard %q: %w", sh.Name, err)
}

// enter finds the session's shard and begins a call to it.
func (s *Store) enter(id core.ID) (*shard, error) {
	for {
		sh, err := s.find(id.Place())
		switch {
		case err != nil:
			return nil, err
		case sh.Retired:
			return nil, core.ErrNotFound
		case sh.enter():
			return sh, nil
		}
		// Its conn was closed between find and enter, so there is another topology.
	}
}

// find returns the shard whose tag the place carries.
func (s *Store) find(place string) (*shard, error) {
	t := s.topology.Load()
	if t == nil {
		return nil, errClosed
	}
	if len(place) != core.PlaceLen {
		return nil, errors.New("the session is not stored")
	}
	sh, ok := t.byTag[place[:tagLen]]
	if !ok {
		return nil, fmt.Errorf("no shard in the list has the tag %q of this session: if the shard that made it still has its "+
			"sessions, list it (with Drain to keep new ones away); if they are gone, list its name with Retired", place[:tagLen])
	}
	return sh, nil
}
