// Command sessionbench measures this library beside other session libraries: the same pages, the same Redis, one run. It
// writes the section of docs/performance-notes.md between <!-- sessions:begin --> and <!-- sessions:end -->, and the plots beside it.
//
// A subject is a library in a framework, or a floor: the same pages without sessions, over one bare command of Redis, or over
// none. Every subject serves from a process of its own, the program started once more, and this process makes the load. In
// every round every subject runs for a short slice, in an order drawn by lot, with the floor between them; a subject's figure
// is the ratio of its throughput to the floor's just before and just after. What counts is the median over the rounds.
//
//	go run . -page ../../../docs/performance-notes.md           everything, in about 20 minutes
//	go run . -rounds 5 -only '^READ/64/(net/http|scs)'    a quick comparison, printed
//	go run . -rounds 1 -only '^COST/1/net/http$'          flushes, commands, allocations and memory of one subject
//	go run . -rounds 1 -slice 5s -only '^READ/64/net/http$' -profile /tmp
//	                                                      a CPU profile of the server, and of the floor's
//
// A run needs no other quiet than that it tells how much of the machine other programs took, and repeats what they disturbed.
// It starts its own servers; redis-server or valkey-server must be in PATH.
package main
