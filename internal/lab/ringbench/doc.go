// Package ringbench measures package ring beside other ways to spread keys over nodes: their lookups, alone and in parallel,
// how long they take to build and how much memory they keep, how even they are, and how many keys move that need not.
//
// With RINGREPORT=docs/performance-notes.md in the environment TestReport measures in interleaved rounds and writes the
// section of that page between <!-- ring:begin --> and <!-- ring:end -->, and its plot into the folder performance beside
// the page. Without it, a short form runs, which proves that all of this works.
package ringbench
