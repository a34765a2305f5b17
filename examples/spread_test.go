package examples_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/internal/redistest"
)

// Chance alone puts a shard 5 % off at 10,000 sessions once in a hundred runs, and at 40,000 never: a ring that keeps the
// weights gets there, another one gets away from there.
const (
	perRound = 10_000
	rounds   = 4
	clients  = 8
)

func TestLoginsSpreadByWeightAndAreReadByAnotherProcess(t *testing.T) {
	servers, list := startShards(t)
	here := launch(t, "nethttp", "-redis", list, "-secret", secret).url()
	there := launch(t, "nethttp", "-redis", list, "-secret", secret).url()
	if testing.Short() {
		const logins = 1000
		logInMany(t, here, there, logins)
		fiveSigma := func(share float64) float64 { return 5 * math.Sqrt(logins*share*(1-share)) }
		if off := offWeight(t, servers, logins, fiveSigma); off != "" {
			t.Error(off)
		}
		return
	}
	for round := 1; ; round++ {
		logInMany(t, here, there, perRound)
		logins := round * perRound
		off := offWeight(t, servers, logins, func(share float64) float64 { return 0.05 * share * float64(logins) })
		if off == "" {
			return
		}
		t.Log(off)
		if round == rounds {
			t.FailNow()
		}
	}
}

// offWeight says which shard misses its share of the logins by more than the margin, or "".
func offWeight(t *testing.T, servers []*redistest.Server, logins int, margin func(share float64) float64) string {
	t.Helper()
	counts, sum := sessions(t, servers)
	if sum != logins {
		t.Fatalf("the shards keep %v = %d sessions after %d logins", counts, sum, logins)
	}
	for i, share := range []float64{0.25, 0.5, 0.25} {
		if want := share * float64(logins); math.Abs(float64(counts[i])-want) > margin(share) {
			return fmt.Sprintf("the shards keep %v sessions; want 1:2:1, give or take %.0f of %.0f", counts, margin(share), want)
		}
	}
	return ""
}

// logInMany logs in as many visitors here and checks that there knows each.
func logInMany(t *testing.T, here, there string, logins int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	next := new(atomic.Int64)
	ended := make(chan error, clients)
	for range clients {
		go func() {
			var err error
			for n := next.Add(1); err == nil && n <= int64(logins); n = next.Add(1) {
				err = logInOnce(ctx, transport, here, there, fmt.Sprint("user-", n))
			}
			ended <- err
		}()
	}
	var err error
	for range clients {
		err = errors.Join(err, <-ended)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func logInOnce(ctx context.Context, transport *http.Transport, here, there, name string) error {
	form := strings.NewReader(credentials(name, site.Password, "").Encode())
	login, err := http.NewRequestWithContext(ctx, http.MethodPost, here+"/login", form)
	if err != nil {
		return err
	}
	login.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cookies, _, err := roundTrip(transport, login, http.StatusSeeOther)
	if err != nil {
		return err
	}
	whoami, err := http.NewRequestWithContext(ctx, http.MethodGet, there+"/whoami", nil)
	if err != nil {
		return err
	}
	for _, c := range cookies {
		whoami.AddCookie(c)
	}
	_, body, err := roundTrip(transport, whoami, http.StatusOK)
	if err == nil && !strings.HasPrefix(body, fmt.Sprintf(`{"user":%q,`, name)) {
		err = fmt.Errorf("%s was told %s", name, body)
	}
	return err
}

func roundTrip(transport *http.Transport, r *http.Request, status int) (cookies []*http.Cookie, body string, err error) {
	response, err := transport.RoundTrip(r)
	if err != nil {
		return nil, "", err
	}
	text, err := io.ReadAll(response.Body)
	err = errors.Join(err, response.Body.Close())
	if err == nil && response.StatusCode != status {
		err = fmt.Errorf("%s %s: %s, want %d; %s", r.Method, r.URL, response.Status, status, text)
	}
	return response.Cookies(), string(text), err
}
