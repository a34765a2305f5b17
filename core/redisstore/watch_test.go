package redisstore_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
	"github.com/ringsession/ringsession/nethttpsession"
)

// Those that wait on a shard ask together: on an idle machine 25 reads share a round
// trip. Were there a timer for each, it would be two.
func TestTheWatchesOfAShardAskTogether(t *testing.T) {
	const streams = 1000
	server := redistest.Start(t)
	w := redistest.NewProxy(t, server.Addr())
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(w.URL())})
	m, err := core.New(s, []byte(strings.Repeat("s", 32)), &core.Options{WatchInterval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	nethttpsession.Middleware(m)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login("ada")
	})).ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	cookie, _, _ := strings.Cut(answer.Header().Get("Set-Cookie"), ";")

	all := make([]*core.Session, streams)
	for i := range all {
		all[i] = m.Start(t.Context(), cookie)
		if err := all[i].Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	server.ResetStats(t)
	w.RoundTrips()
	ctx, cancel := context.WithCancel(t.Context())
	var waits sync.WaitGroup
	for _, s := range all {
		waits.Go(func() {
			if err := s.Wait(ctx); err != ctx.Err() {
				t.Errorf("Wait says %v", err)
			}
		})
	}
	reads := func() int { return int(server.CommandStats(t)["hgetall"]) }
	for reads() < 3*streams {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	waits.Wait()
	n, trips := reads(), w.RoundTrips()
	t.Logf("%d reads in %d round trips", n, trips)
	if trips > n/4 {
		t.Errorf("%d streams need %d round trips for %d reads", streams, trips, n)
	}
}
