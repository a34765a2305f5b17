package recipetest

import (
	"net"
	"testing"
	"time"
)

// Secret is the SESSION_SECRET of programs.
const Secret = "a secret of at least 32 bytes, for a test"

// Run runs the main function of a program with the environment variables ADDR and
// SESSION_SECRET and those of env, each a name and a value, and returns a visitor, without
// TLS, when the program answers. It runs until main returns or the tests are over.
func Run(t *testing.T, main func(), env ...string) *Visitor {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	env = append(env, "ADDR", addr, "SESSION_SECRET", Secret)
	for i := 0; i+1 < len(env); i += 2 {
		t.Setenv(env[i], env[i+1])
	}
	go main()
	v := At(t, "http://"+addr)
	for deadline := time.Now().Add(time.Minute); !v.Listens(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the program does not answer")
		}
	}
	return v
}

// Listens reports whether the visitor's program, which [Run] runs, takes connections.
func (v *Visitor) Listens() bool {
	conn, err := net.Dial("tcp", v.URL[len("http://"):])
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
