// Package ring spreads keys over weighted nodes by consistent hashing.
//
// A [Ring] knows only the names and weights of its nodes: no addresses, no
// health, no clock. It gives every key one owner. Each node owns a share of the
// keys in proportion to its weight. Every process that lists the same nodes
// computes the same owners. A change of the list moves keys only to or from the
// nodes that changed: no key ever moves between two unchanged nodes.
//
// # How it works
//
// Keys are hashed to slots. There are always 2^17 slots. For each unit of its
// weight a node has a permutation that ranks all slots. A slot belongs to the
// node that ranks it lowest, so a node of weight 3 bids three times for every
// slot. The ring keeps the result as a table. A lookup is one hash and one read
// of that table, whatever the number of nodes.
//
// The table is filled rank by rank. Every permutation claims its slot of rank
// 0, then every permutation its slot of rank 1, and so on. A slot that is
// already claimed stays with its owner. Soon most claims find their slot taken.
// Then each of the few free slots is given to the permutation with the lowest
// rank, which is computed backwards from slot to rank. Filling takes a few
// milliseconds.
//
// The real share of a node varies around its part of the total weight: for one
// of n nodes of equal weight by about sqrt(n/2^18) of that part, which is 0.6 %
// at 10 nodes and 1.6 % at 64. A node whose weight is worth only a few slots
// may get none.
//
// # Definition
//
// The owners are part of the interface. They do not change between releases.
// They can be computed in other languages from this section and the examples in
// testdata/golden.json. All numbers are unsigned, and S is 2^17. hash is XXH3
// in its 64-bit form with seed 0. Strings are their bytes.
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
// equal ranks if its k is lower; at equal k if the name of its node is lower in
// the order of bytes. The node of the first permutation owns the slot.
// [Ring.Owners] lists the nodes in the order of the first permutation of each.
//
// # Sources
//
// Rendezvous hashing gives a key to the node with the best bid: David G. Thaler
// and Chinya V. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates",
// IEEE/ACM Transactions on Networking 6(1), 1998. Maglev hashing fills a lookup
// table by turns from one permutation per node: Daniel E. Eisenbud et al.,
// "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016.
// Maglev gives each node a slot per turn, which makes the shares more equal but
// moves some keys between unchanged nodes. Here a node whose slot is taken
// loses its turn, and no such key moves.
package ring
