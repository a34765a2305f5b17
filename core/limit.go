package core

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// limit enforces [Options.MaxSessions] after a login was stored. Callers hold
// s.operating.
func (s *Session) limit(b budget, ev *events) {
	s.mu.Lock()
	done, user, place := s.life.loginDone, s.life.who.user(), s.life.current.place()
	s.life.loginDone = false
	s.mu.Unlock()
	if !done || s.m.opts.MaxSessions == 0 {
		return
	}
	stays, err := s.m.limit(b, user, place, ev)
	if err != nil {
		ev.add(id{}, Event{Kind: EventStoreError, Op: "limit", User: user, Err: err})
	}
	if stays {
		return
	}
	s.mu.Lock()
	s.life.destroy()
	o := s.life.begin(opDestroy, id{}, s.m.terms)
	s.mu.Unlock()
	if err = s.carryOut(s.m.budget(b.ctx), o, ev); err == nil {
		err = fmt.Errorf("%w: %d", ErrTooManySessions, s.m.opts.MaxSessions)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail(err, ev)
}

// recently is how long after a login it can still be refused. It is also the
// largest difference between two servers' clocks that does no harm.
const recently = 2 * time.Second

// limit ends the user's sessions that are too many. It reports whether the
// session at the place stays.
//
// Each login is stored before it is counted. So if several come at the same
// time, the last one sees all of them. All of them sort the list in the same
// order, that of the logins. So they agree on which sessions must go, without a
// lock.
func (m *Manager) limit(b budget, user, place string, ev *events) (stays bool, err error) {
	ctx := m.budget(b.ctx).limit()
	defer ctx.end()
	owner := store.Owner{User: user}
	list, err := m.all(ctx, owner)
	most := m.opts.MaxSessions
	isOurs := func(l store.Listed) bool { return l.Place == place }
	if m.opts.AtLimit == RefuseLogin && err == nil && !slices.ContainsFunc(list, isOurs) {
		return false, nil // another login counted first and has ended this one
	}
	if len(list) <= most {
		return true, err
	}
	slices.SortFunc(list, m.opts.AtLimit.compare)
	tooMany := list[:len(list)-most]
	if m.opts.AtLimit == RefuseLogin {
		// The other recent logins are not answered before their request has
		// counted, as this one does. If one of them counted too early to see
		// this one, it goes as well.
		tooMany = slices.DeleteFunc(list[most:], func(l store.Listed) bool {
			return !isOurs(l) && l.Now.Sub(l.LoggedIn) > recently
		})
		if slices.ContainsFunc(tooMany, isOurs) {
			return false, err
		}
	}
	for _, l := range tooMany {
		n, endErr := m.index.End(ctx, owner, store.Ending{Only: l.Place, Orders: m.longest})
		if endErr != nil {
			err = endErr
		}
		if n > 0 {
			ev.append(Event{
				Kind: EventEnded, Place: l.Place, User: user, Reason: endedLimit, Count: n,
			})
		}
	}
	return true, err
}

// compare sorts sessions by the time of their logins. With RefuseLogin,
// sessions whose user logged in again or confirmed the login come before all
// new ones.
func (a AtLimit) compare(x, y store.Listed) int {
	if a == RefuseLogin && isKnown(x) != isKnown(y) {
		if isKnown(x) {
			return -1
		}
		return 1
	}
	return cmp.Or(x.LoggedIn.Compare(y.LoggedIn), cmp.Compare(x.Place, y.Place))
}

// isKnown reports whether the session was counted at an earlier login.
func isKnown(l store.Listed) bool { return parseAbout(l.About).again }

// all returns the owner's sessions. Its pages are large, because a session that
// logs in again between two pages may be on neither.
func (m *Manager) all(ctx context.Context, of store.Owner) (list []store.Listed, err error) {
	q := store.Query{Limit: max(1000, 2*m.opts.MaxSessions)}
	for {
		page, pageErr := m.index.List(ctx, of, q)
		list = append(list, page.Sessions...)
		if pageErr != nil {
			err = pageErr
		}
		if q.After = page.Next; q.After == "" {
			return list, err
		}
	}
}
