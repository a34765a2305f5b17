// Package parity holds the proofs that no package can give of itself: that the adapters look alike, judge alike and keep
// users apart, and that nobody imports what he should not. It has tests only.
package parity
