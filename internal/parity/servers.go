package parity

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
)

// Listen serves the handler until the test ends, and returns its address.
func Listen(t *testing.T, h http.Handler) string {
	server := &http.Server{Handler: h}
	return During(t, func(ln net.Listener) error {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, server.Close)
}

// During serves until the test ends, and returns the address.
func During(t *testing.T, serve func(net.Listener) error, stop func() error) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(ln) }()
	t.Cleanup(func() {
		if err := errors.Join(stop(), <-ended); err != nil {
			t.Errorf("the server ended: %v", err)
		}
	})
	return "http://" + ln.Addr().String()
}

// Flushed sends the headers before it writes.
func Flushed(w http.ResponseWriter, write func(io.Writer)) {
	_ = http.NewResponseController(w).Flush()
	write(w)
}

// number returns how much of something a test does: what the environment says, by default the short form.
func number(t testing.TB, variable string, short int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return short
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no number", variable, text)
	}
	return n
}
