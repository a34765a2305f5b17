package memstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

var life = store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}

// numbered returns an ID at a different place for every number.
func numbered(n int) store.ID {
	return store.ID{
		Place:       fmt.Sprintf("%0*d", store.PlaceLen, n),
		Fingerprint: fmt.Sprintf("%0*d", store.FingerprintLen, n),
	}
}

// login is a delta that logs the user in.
func login(user string) store.Delta {
	return store.Delta{Login: store.Login{User: user, External: "sid of " + user}, Lifetimes: life}
}

func TestDeadRecordsDoNotPileUp(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(s *Store, i int) error
	}{
		{"sessions that expire", func(s *Store, i int) error {
			return s.Create(t.Context(), numbered(i), store.Delta{Lifetimes: life})
		}},
		{"logins that expire", func(s *Store, i int) error {
			return s.Create(t.Context(), numbered(i), login(fmt.Sprint("user", i)))
		}},
		{"logins of the same user that expire", func(s *Store, i int) error {
			return s.Create(t.Context(), numbered(i), login("ada"))
		}},
		{"logins at the same place", func(s *Store, i int) error {
			if i == 0 {
				return s.Create(t.Context(), numbered(0), login("user"))
			}
			id := store.ID{Place: numbered(0).Place, Fingerprint: numbered(i - 1).Fingerprint}
			return s.Renew(t.Context(), id, numbered(i).Fingerprint, login(fmt.Sprint("user", i)))
		}},
		{"logins that end", func(s *Store, i int) error {
			err := s.Create(t.Context(), numbered(i), login(fmt.Sprint("user", i)))
			if i%2 == 0 {
				_, err := s.Destroy(t.Context(), numbered(i), 0)
				return err
			}
			_, _ = s.End(t.Context(), store.Owner{User: fmt.Sprint("user", i)}, store.Ending{})
			return err
		}},
		{"memories of sessions that were destroyed", func(s *Store, i int) error {
			_, err := s.Destroy(t.Context(), numbered(i), 0)
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := New()
			for i := range 20 * sweepMin {
				if err := test.do(s, i); err != nil {
					t.Fatal(err)
				}
				s.Advance(life.Idle / 4)
				if n := len(s.records); n > sweepMin {
					t.Fatalf("%d records after %d steps, want at most %d: few of them are alive", n, i+1, sweepMin)
				}
				entries := 0
				for _, places := range s.owned {
					entries += len(places)
				}
				if n := len(s.owned); n > 2*sweepMin || entries > 2*sweepMin {
					t.Fatalf("%d owners with %d entries after %d steps, want at most %d: two for each record",
						n, entries, i+1, 2*sweepMin)
				}
			}
		})
	}
}

func TestLiveRecordsAreNotSwept(t *testing.T) {
	s := New()
	const many = 5 * sweepMin
	for i := range many {
		if err := s.Create(t.Context(), numbered(i), store.Delta{Lifetimes: life}); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Len(); n != many {
		t.Errorf("Len() = %d, want %d", n, many)
	}
}
