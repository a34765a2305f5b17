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

func TestDeadRecordsDoNotPileUp(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(s *Store, i int) error
	}{
		{"sessions that expire", func(s *Store, i int) error {
			return s.Create(t.Context(), numbered(i), store.Delta{Lifetimes: life})
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
