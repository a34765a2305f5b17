// Command sessionbench measures this library beside other session libraries: the same pages, the same Redis, one run. It
// writes the tables of docs/performance.md and the plots beside it.
//
// A subject is a library in a framework, or a floor: the same pages without sessions, over one bare command of Redis, or over
// none. Every subject serves from a process of its own, the program started once more, and this process makes the load. In
// every round every subject runs for a short slice, in an order drawn by lot, with the floor between them; a subject's figure
// is the ratio of its throughput to the floor's just before and just after. What counts is the median over the rounds.
//
//	go run . -rounds 3 -only '^READ/64/(net/http|scs)'    a quick comparison; without -page nothing is written

package main
