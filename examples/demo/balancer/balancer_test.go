package balancer_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ringsession/ringsession/examples/demo/balancer"
	"github.com/ringsession/ringsession/examples/site"
)

// serve runs a balancer in front of a server for each handler, and returns its address.
func serve(t *testing.T, handlers ...http.HandlerFunc) string {
	t.Helper()
	var servers []site.Server
	for _, h := range handlers {
		servers = append(servers, site.NewServer(h))
	}
	b := balancer.New(servers...)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- b.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("it ended with %v", err)
		}
	})
	return l.Addr().String()
}

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func TestRequestsArriveAsTheyWereSent(t *testing.T) {
	type request struct{ host, target string }
	seen := make(chan request, 1)
	addr := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen <- request{r.Host, r.RequestURI} })
	get(t, "http://"+addr+"/a%2Fb?next=/c?d")
	if got, want := <-seen, (request{addr, "/a%2Fb?next=/c?d"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAServersFailureEndsTheBalancerAndShutdownTheRest(t *testing.T) {
	broken := errors.New("broken")
	var servers []*fake
	for _, err := range []error{nil, broken, nil} {
		servers = append(servers, &fake{err, make(chan struct{})})
	}
	b := balancer.New(servers[0], servers[1], servers[2])
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Serve(l); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if err := b.Shutdown(t.Context()); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	for i, s := range servers {
		select {
		case <-s.down:
		default:
			t.Errorf("server %d was not shut down", i)
		}
	}
}

// A fake is a server that fails or serves until it is shut down.
type fake struct {
	err  error
	down chan struct{}
}

func (f *fake) Serve(net.Listener) error {
	if f.err == nil {
		<-f.down
	}
	return f.err
}

func (f *fake) Shutdown(context.Context) error {
	close(f.down)
	return nil
}
