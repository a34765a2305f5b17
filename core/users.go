package core

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// A PartialError means that a call about a user's sessions reached only some of
// the shards. The other results of the call are about the shards that it
// reached.
type PartialError = store.PartialError

// A UserSession is one of the sessions of a user. Its times are by the store's
// clock.
type UserSession struct {
	Place      string // the session's name for [Manager.End]; not secret
	Shard      string // the shard that keeps it; "" if the store has no shards
	Device     string // as in [Login.Device]
	Level      int    // as in [Login.Level]
	Remembered bool   // as in [Login.Remember]
	Locked     bool   // as in [Lifetimes.Locks]
	External   External

	Created  time.Time
	LoggedIn time.Time
	// LastUsed is exact to a tenth of the idle timeout, because reads within a
	// tenth are not stored.
	LastUsed time.Time
	Deadline time.Time

	fields map[string]string
}

// Current reports whether u is the session of the request.
func (u UserSession) Current(s *Session) bool { return u.Place == s.ID().Place }

// In returns the key's value in a session of a list. ok is false if
// [Manager.Of] was not asked for the key, if the session does not have it, or
// if its value does not decode into a T.
func (k Key[T]) In(u UserSession) (value T, ok bool) {
	text, ok := u.fields[string(k)]
	if !ok {
		return value, false
	}
	err := json.Unmarshal([]byte(text), &value)
	return value, err == nil
}

// Of returns the user's sessions on all shards, the latest deadline first. It
// also reads the values of the keys; see [Key.In]. With a [PartialError] the
// list lacks the sessions of the shards that the error names. For users with
// thousands of sessions use [Manager.Pages].
func (m *Manager) Of(ctx context.Context, user string, keys ...string) ([]UserSession, error) {
	var all []UserSession
	var partial error
	for page, err := range m.Pages(ctx, user, keys...) {
		if err != nil {
			partial = err
		}
		all = append(all, page...)
	}
	return all, partial
}

// Pages returns the user's sessions as [Manager.Of] does, in pages of at most
// 250. A session that begins or ends meanwhile may or may not be on one of
// them. The iteration continues after a [PartialError] and ends with any other
// error.
func (m *Manager) Pages(
	ctx context.Context, user string, keys ...string,
) iter.Seq2[[]UserSession, error] {
	return func(yield func([]UserSession, error) bool) {
		of, q := store.Owner{User: strings.Clone(user)}, store.Query{Limit: pageSize, Fields: keys}
		for {
			page, err := m.page(ctx, of, q)
			if len(page.Sessions) > 0 || err != nil {
				if !yield(userSessions(page), err) {
					return
				}
			}
			if err != nil && !errors.As(err, new(*PartialError)) || page.Next == "" {
				return
			}
			q.After = page.Next
		}
	}
}

const pageSize = 250

// page reads a page of the list. It takes at most [Options.StoreTimeout].
func (m *Manager) page(ctx context.Context, of store.Owner, q store.Query) (store.Page, error) {
	if err := m.checkOwner(of); err != nil {
		return store.Page{}, fmt.Errorf("session: list: %w", err)
	}
	for _, key := range q.Fields {
		if strings.HasPrefix(key, "@") {
			return store.Page{}, &keyError{"list", key, errReserved}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, m.opts.StoreTimeout)
	defer cancel()
	page, err := m.index.List(ctx, of, q)
	if err != nil {
		err = &storeError{"list", err}
	}
	return page, err
}

func (m *Manager) checkOwner(of store.Owner) error {
	switch {
	case m.index == nil:
		return errNoIndex
	case of == store.Owner{}:
		return errors.New("the user is empty")
	}
	return nil
}

func userSessions(page store.Page) []UserSession {
	list := make([]UserSession, len(page.Sessions))
	for i, l := range page.Sessions {
		c, about := clock{Record: &l.Record}, parseAbout(l.About)
		list[i] = UserSession{
			Place: l.Place, Shard: l.Shard, Device: about.device, Level: about.level,
			Remembered: about.remember, Locked: c.locked(0), External: parseExternal(l.External),
			Created: l.Created, LoggedIn: l.LoggedIn, LastUsed: l.Used, Deadline: l.Deadline,
			fields: l.Fields,
		}
	}
	return list
}

// End ends the user's session at the place. It returns how many sessions it
// ended: 1, or 0 if the session has ended already or is another user's. Once
// End has returned without an error, no process reads the session any more. It
// uses the values of ctx but not its cancellation, as [Session.Save] does. If
// the session's shard does not answer, the error is a [PartialError]. See
// [store.PartialError.Ordered] for whether the session then ends when the shard
// answers again.
func (m *Manager) End(ctx context.Context, user, place string) (int, error) {
	if place == "" {
		return 0, errors.New("session: end: the place is empty")
	}
	if !isPlace(place) {
		return 0, nil // no store has a session at such a place
	}
	return m.end(ctx, store.Owner{User: user}, store.Ending{Only: place}, endedOne)
}

// EndAll ends all sessions of the user, as [Manager.End] does: of an account
// that is disabled, for instance. It returns how many it ended. It takes as
// long as it needs, even if ctx ends. The progress functions are called now and
// then with the number of sessions that have ended so far.
func (m *Manager) EndAll(
	ctx context.Context, user string, progress ...func(ended int),
) (int, error) {
	e := store.Ending{}
	if len(progress) > 0 {
		e.Progress = func(ended int) {
			for _, report := range progress {
				report(ended)
			}
		}
	}
	return m.end(ctx, store.Owner{User: user}, e, endedAll)
}

// EndExternal ends the sessions of a login at an identity provider, as
// [Manager.End] does. OpenID Connect calls this back-channel logout. It returns
// how many it ended.
func (m *Manager) EndExternal(ctx context.Context, login External) (int, error) {
	err := login.check()
	if login == (External{}) {
		err = errors.New("the external login is empty")
	}
	if err != nil {
		return 0, fmt.Errorf("session: end: %w", err)
	}
	return m.end(ctx, store.Owner{External: login.text()}, store.Ending{}, endedExternal)
}

// EndOthers ends all other sessions of the user who is logged in, as
// [Manager.End] does: after a change of the password, for instance. It returns
// how many it ended. Without a login it returns an error.
func (s *Session) EndOthers(ctx context.Context) (int, error) {
	user, err := s.verify()
	switch {
	case err != nil:
		return 0, err
	case user.user == "":
		return 0, errors.New("session: end: nobody is logged in")
	}
	ctx = newContext(ctx, s) // the event names the user of the session in ctx
	except := store.Ending{Except: s.ID().Place}
	return s.m.end(ctx, store.Owner{User: user.user}, except, endedOthers)
}

// end ends sessions and reports who did. It makes one call to the store and
// does not repeat it. A caller may.
func (m *Manager) end(
	ctx context.Context, of store.Owner, e store.Ending, which string,
) (int, error) {
	if err := m.checkOwner(of); err != nil {
		return 0, fmt.Errorf("session: end: %w", err)
	}
	// Fiber's strings are good until its handler returns, and a store may send
	// them later.
	of.User, e.Only, e.Orders = strings.Clone(of.User), strings.Clone(e.Only), m.longest
	by := ""
	if s, ok := m.FromContext(ctx); ok {
		by = s.User()
	}
	n, err := m.index.End(context.WithoutCancel(ctx), of, e)
	m.emit(ctx, Event{
		Kind: EventEnded, Place: e.Only, User: of.User, By: by, Reason: which, Count: n, Err: err,
	})
	if err != nil {
		return n, &storeError{"end", err}
	}
	return n, nil
}
