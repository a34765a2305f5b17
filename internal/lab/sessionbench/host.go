package main

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// A host is what redistest takes for the test that its servers belong to. It fails by ending the process.
type host struct {
	testing.TB // which only package testing can implement
	cleanups   []func()
}

func (h *host) Helper()                           {}
func (h *host) Cleanup(f func())                  { h.cleanups = append(h.cleanups, f) }
func (h *host) Logf(format string, args ...any)   { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (h *host) Fatalf(format string, args ...any) { h.Fatal(fmt.Sprintf(format, args...)) }
func (h *host) Skip(args ...any)                  { h.Fatal(args...) }

func (h *host) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	h.end()
	os.Exit(1)
}

// end does what Cleanup was told, the last first.
func (h *host) end() {
	for _, f := range slices.Backward(h.cleanups) {
		f()
	}
	h.cleanups = nil
}
