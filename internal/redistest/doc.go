// Package redistest starts real Redis servers for a test: one server
// ([Start]), a Redis Cluster ([StartCluster]), or a primary with a replica
// under a sentinel ([StartSentinel]). It is for this repository's own tests and
// benchmarks and is imported by nothing else.
//
// Every server is a process of its own with its own folder. It listens on a
// free loopback port and on a unix socket, keeps nothing on disk unless told to,
// and ends with the test. On Linux it also ends when the test process is killed;
// on other systems a killed test process leaves its servers running.
//
// The server program is redis-server or valkey-server, whichever is found first
// in PATH; the environment variable REDIS_SERVER names another one. Without any,
// the test is skipped, or fails if REDIS_REQUIRED is 1.
//
// A method that cannot do its work fails the test. Methods without a
// [testing.TB] report with Errorf and may be called from any goroutine; functions
// and methods that take one use Fatalf and belong in the goroutine of the test.
// Nothing here works inside a testing/synctest bubble.
package redistest
