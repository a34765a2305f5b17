// Package faults proves on real servers what docs/reliability.md says: clients work without a pause while shards hang, die,
// forget and fail over, every call is recorded, and a checker decides whether a store that keeps its contract could have
// answered so.
//
// It consists of tests. TestFaults runs every fault set, for two or three seconds, or for the time
// in the environment variable FAULTTIME, as make faults does. FAULTSEED repeats what clients and faults did, though not which
// of them was faster; a failure names it. FAULTREPORT is the page whose table gets the rows. TestTheCheckerCatches puts
// naive stores in the place of the real one and shows that each is caught.
package faults
