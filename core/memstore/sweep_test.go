package memstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
)

var life = core.Lifetimes{Idle: time.Minute, Absolute: time.Hour}

// numbered returns a different id for every number.
func numbered(t *testing.T, n int) core.ID {
	t.Helper()
	id, err := core.ParseID(fmt.Sprintf("%s%0*d", place, core.SecretLen, n))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestDeadRecordsDoNotPileUp(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(s *Store, i int) error
	}{
		{"sessions that expire", func(s *Store, i int) error {
			return s.Create(t.Context(), numbered(t, i), "n", core.Delta{Lifetimes: life})
		}},
		{"marks of one session that is renewed", func(s *Store, i int) error {
			if i == 0 {
				return s.Create(t.Context(), numbered(t, 0), "n", core.Delta{Lifetimes: life})
			}
			return s.Renew(t.Context(), numbered(t, i-1), numbered(t, i), core.Delta{Login: "ada", Lifetimes: life})
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
		if err := s.Create(t.Context(), numbered(t, i), "n", core.Delta{Lifetimes: life}); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Len(); n != many {
		t.Errorf("Len() = %d, want %d", n, many)
	}
}
