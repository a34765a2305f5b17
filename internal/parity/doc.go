// Package parity holds the proofs that no package can give of itself: that the
// adapters look alike, judge alike and keep users apart, and that nobody imports what
// he should not. Adapters in modules of their own call it in their tests.
package parity
