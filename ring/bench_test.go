package ring_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/ringsession/ringsession/ring"
)

// benchmarkKeys returns keys of 43 bytes, as many as 32 bytes take in base64.
func benchmarkKeys() *[1 << 12]string {
	var keys [1 << 12]string
	for i := range keys {
		keys[i] = fmt.Sprintf("%05d%s", i, strings.Repeat("k", 38))
	}
	return &keys
}

func BenchmarkLookup(b *testing.B) {
	keys := benchmarkKeys()
	b.Run("bare xxh3", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			xxh3.HashString(keys[i%len(keys)])
		}
	})
	for _, n := range []int{4, 64, 256, 1000} {
		r := mustNew(b, sequential(n)...)
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.Lookup(keys[i%len(keys)])
			}
		})
	}
}

func BenchmarkOwners(b *testing.B) {
	for _, n := range []int{4, 64} {
		r := mustNew(b, sequential(n)...)
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Owners("key")
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	mixed := sequential(64)
	for i := range mixed {
		mixed[i].Weight = 1 + i
	}
	for _, bench := range []struct {
		name  string
		nodes []ring.Node
	}{
		{"nodes=4", sequential(4)},
		{"nodes=10", sequential(10)},
		{"nodes=64", sequential(64)},
		{"nodes=1000", sequential(1000)},
		{"nodes=64/weights=1 to 64", mixed},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustNew(b, bench.nodes...)
			}
		})
	}
}
