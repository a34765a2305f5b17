package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// pageSize is the number of sessions on a page if the query has no limit.
const pageSize = 100

// List implements [store.UserIndex]. It sorts all sessions of the owner for
// each page.
func (s *Store) List(
	ctx context.Context, of store.Owner, q store.Query,
) (page store.Page, err error) {
	err = s.do(ctx, func(now time.Time) error {
		rest := make(map[string]*record)
		var order []string
		for place, r := range s.owned[of] {
			if at := position(place, r); at > q.After && now.Before(r.expires) {
				rest[at] = r
				order = append(order, at)
			}
		}
		slices.Sort(order)
		if limit := cmp.Or(q.Limit, pageSize); len(order) > limit {
			order = order[:limit]
			page.Next = order[limit-1]
		}
		for _, at := range order {
			page.Sessions = append(page.Sessions, rest[at].list(at[positionLen:], q.Fields, now))
		}
		return nil
	})
	return page, err
}

const positionLen = 16

// position returns a session's place in the order of a list, the latest
// deadline first. It ends with the session's place.
func position(place string, r *record) string {
	return fmt.Sprintf("%0*x%s", positionLen, ^uint64(r.deadline.UnixMilli()), place)
}

// list returns r for a list, with the fields that have these names.
func (r *record) list(place string, names []string, now time.Time) store.Listed {
	l := store.Listed{Place: place, Record: *r.show(now)}
	l.Fields = make(map[string]string)
	for _, name := range names {
		if value, there := r.fields[name]; there {
			l.Fields[name] = value
		}
	}
	return l
}

// End implements [store.UserIndex]. It calls Progress once, when all sessions
// have ended.
func (s *Store) End(ctx context.Context, of store.Owner, e store.Ending) (n int, err error) {
	err = s.do(ctx, func(now time.Time) error {
		for place, r := range s.owned[of] {
			if now.Before(r.expires) && place != e.Except && (e.Only == "" || e.Only == place) {
				s.put(place, ending(r.fingerprint, now))
				n++
			}
		}
		return nil
	})
	if n > 0 && e.Progress != nil {
		e.Progress(n)
	}
	return n, err
}

// owners returns the owners of r: none, one or two.
func (r *record) owners() []store.Owner {
	all := []store.Owner{{User: r.login.User}, {External: r.login.External}}
	return slices.DeleteFunc(all, func(of store.Owner) bool { return of == store.Owner{} })
}

// own adds r to the records of its owners.
func (s *Store) own(place string, r *record) {
	for _, of := range r.owners() {
		if s.owned == nil {
			s.owned = make(map[store.Owner]map[string]*record)
		}
		if s.owned[of] == nil {
			s.owned[of] = make(map[string]*record)
		}
		s.owned[of][place] = r
	}
}

// disown removes r from the records of its owners. Call it before the login of
// r changes.
func (s *Store) disown(place string, r *record) {
	for _, of := range r.owners() {
		if delete(s.owned[of], place); len(s.owned[of]) == 0 {
			delete(s.owned, of)
		}
	}
}
