// Package ring spreads keys over weighted nodes by consistent hashing.
//
// A [Ring] knows the names and weights of its nodes and nothing else: no
// addresses, no health, no clock. It gives every key one owner. Each node
// owns a share of the keys in proportion to its weight, every process that
// lists the same nodes computes the same owners, and a change of the list
// moves keys only to or from the nodes that changed: no key ever moves
// between two nodes that both stay as they were.
//
// # How it works
//
// Keys are hashed to slots, of which there are always 2^17. For each unit of
// its weight a node has a permutation that ranks all slots. A slot belongs to
// the node that ranks it lowest, so a node of weight 3 bids three times for
// every slot. The ring keeps the outcome as a table: a lookup is one hash and
// one read of that table, whatever the number of nodes.
//
// The table is filled rank by rank. Every permutation claims its slot of rank
// 0, then every permutation its slot of rank 1, and so on; a slot that is
// already claimed stays with its owner. Soon most claims find their slot taken;
// then the few slots that are left are each given to the lowest of all ranks,
// which the permutations compute backwards. It takes a few milliseconds.
//
// The share that a node really gets varies around its part of the total
// weight: for one of n nodes of equal weight by about sqrt(n/2^18) of that
// part, which is 0.6 % at 10 nodes and 1.6 % at 64. A node whose weight is
// worth only a few slots may get none.
//
// # Definition
//
// Who owns what is part of the interface: it does not change between releases,
// and it can be computed in other languages from this section and the examples
// in testdata/golden.json. All numbers are unsigned and S is 2^17; hash is
// XXH3 in its 64-bit form with seed 0, strings are their bytes.
//
// The slot of a key is hash(key) mod S.
//
// Permutation i of a node of weight w, for i from 0 to w-1, is made from the
// number k, which is hash(name followed by i as 8 bytes, lowest byte first)
// with bits 0, 16 and 32 set. It gives rank r, from 0 to S-1, to the slot
//
//	a = (r * k + (k >> 47)) mod S
//	b = ((a xor (a >> 9)) * (k >> 16)) mod S
//	slot = ((b xor (b >> 9)) * (k >> 32)) mod S
//
// A permutation comes before another at a slot if its rank there is lower; at
// equal ranks if its k is lower; at equal k if the name of its node is lower
// in the order of bytes. The node of the first permutation owns the slot.
// [Ring.Owners] lists the nodes in the order of the first permutation of each.
//
// # Sources
//
// Giving a key to the node with the best bid is rendezvous hashing: David G.
// Thaler and Chinya V. Ravishankar, "Using Name-Based Mappings to Increase Hit
// Rates", IEEE/ACM Transactions on Networking 6(1), 1998. Filling a lookup
// table by turns from one permutation per node is Maglev hashing: Daniel E.
// Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
// Balancer", NSDI 2016. Maglev gives each node a slot per turn, which evens
// out the shares but moves some keys between unchanged nodes; here a node
// whose slot is taken loses its turn, and no such key moves.
package ring
