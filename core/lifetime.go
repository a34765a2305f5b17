package core

import "time"

// refreshDue reports whether a read should extend the session's life: a tenth of the idle timeout has passed since its last
// extension, and there is life left to gain.
func (l Lifetimes) refreshDue(r *Record) bool {
	passed := l.Idle - r.Idle
	if passed < 0 {
		// The idle timeout was longer when this session was stored.
		return true
	}
	return !r.Final && passed >= l.Idle/10
}

// Remaining returns the idle time that a session gets which is used at now: the idle timeout, but never past the deadline.
// final says that the deadline cut it. Stores share it.
func (l Lifetimes) Remaining(now, deadline time.Time) (idle time.Duration, final bool) {
	if rest := deadline.Sub(now); rest <= l.Idle {
		return rest, true
	}
	return l.Idle, false
}
