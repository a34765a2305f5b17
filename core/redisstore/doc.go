// Package redisstore keeps sessions in Redis 6.2 or later, or in Valkey. Each
// session is on one of several shards.
//
//	shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://10.0.0.1:6379")}}
//	store, err := redisstore.Open(ctx, shards, nil)
//	...
//	defer store.Close()
//	sessions, err := core.New(store, secret, nil)
//
// One shard is enough to begin with. More can be added while the program runs.
//
// # Shards
//
// A shard is a server, a primary with its replicas, or a Cluster; see [Shard].
// The store spreads new sessions over the shards by their weights, with a
// consistent-hash ring. From then on the id itself names the shard of its
// session, and reading does not need the ring. So adding a shard or changing a
// weight moves no session and logs nobody out. Processes whose lists differ for
// a while still look for a session in the same place. If a shard is down, no
// other shard serves its sessions: their requests quickly get an error, and the
// cookie stays.
//
// Each server has a breaker. It opens after five failures in a row from at
// least three sessions, or when a ping fails too. Calls then fail at once.
// After a second the breaker lets one call through at a time, and it closes
// when one succeeds. One session alone cannot open it. After a server's first
// failure new sessions avoid it, until a write in the background succeeds. A
// server that refuses only writes (OOM, MISCONF, NOREPLICAS) still serves
// reads.
//
// While the store is in use it asks servers for INFO replication: a primary
// that has replicas or is behind Sentinel ten times a second, any other server
// every 15 seconds. A server that has become a replica is not trusted. Behind
// Sentinel, a primary whose replica was promoted is not trusted either. The
// breaker of such a server stays open until that has changed.
//
// Each server keeps a mark that identifies its shard, under the key
// session:shard. The store refuses a list that contradicts the marks; see
// docs/shards.md.
//
// [Store.SetShards] changes the list while the program runs. To take a shard
// out of service, list it with Drain first. Then wait for the absolute timeout;
// longer, if users log in again within a session, because that stays on its
// shard. Then list it as Retired, or leave it out when no browser has its
// cookies any more.
//
// # Connections
//
// Calls to one server share a few connections, in full duplex. A call is
// written at once, while replies to others are still due. Calls that come at
// the same time share a write and a read. This needs no goroutines: a caller
// that finds nobody writing writes for all, and the first caller that waits
// reads for all.
//
// Every call ends when its context does, whatever the server does. A connection
// whose replies are late takes no new calls. They use another connection, up to
// 8, or as many as the client's pool has. If a connection breaks, the calls on
// it fail. The breaker counts that as one failure. The store sends nothing
// twice. Package core repeats a call whose reply was lost, once. In a Cluster
// all this is so for each of its servers. With [Options.PlainPool] every call
// uses a connection of its own from go-redis's pool instead.
//
// go-redis makes these connections with the client's options: TLS, user and
// password, database, OnConnect. Hooks of a [Shard.Client] run around each
// call, on the goroutine and with the context of its caller. They may refuse
// the call. Add hooks before the store gets the client. Hooks for dialling are
// not called.
//
// # Storage format
//
// docs/storage-format.md has the details, with a reader in Python.
//
// A session is one hash for its whole life, under the key
//
//	session:PPPPPPPPPPPP
//
// where session: is [Options.Prefix] and P is the place: the first four
// characters of the base64url SHA-256 of the shard's name, and eight random
// ones. A cookie holds the place, a secret, "." and a signature. Redis never
// sees the secret. It has the fingerprint: the first 22 characters of the
// secret's base64url SHA-256.
//
// Every key of the session is a field of the hash. The field's value is JSON.
// Fields that begin with "@" are the store's own. Times are Unix milliseconds
// by the server's clock:
//
//	@id        place and fingerprint, and the nonces of the last 4 saves, by which a
//	           repeated save is recognized; a reply with another place is not trusted
//	@u         the last use
//	@d         the deadline
//	@i         the idle timeout in milliseconds; negative if it locks the session
//	@s         size: at least the bytes of all names and values, and 32 for each field
//	@c         when the session was created
//	@user      who is logged in; absent without a login
//	@external  the login's name at an identity provider; absent if it has none
//	@about     what package core adds to the login; absent if that is nothing
//	@login     when the user logged in; absent without a login, and if equal to @c
//	@renewed   when the fingerprint was last replaced, except by the login
//	@n         the journal of saves that must not be done twice: see store.Journal
//
// A value of 65 to 503 bytes is stored in parts of at most 63 bytes, because a
// hash with a longer value needs about twice the memory. The first part begins
// with "*" and the number of the other parts. They are the fields "@1" + key,
// "@2" + key and so on. Parts with a higher number are leftovers and do not
// count. If a value that is not in parts begins with "*", "*0" is put before
// it.
//
// The key lives until the idle timeout after the last use, or until the
// deadline if that comes first or the idle timeout locks the session.
//
// For two minutes after its end the hash has only @id, @ended and @u. @u is
// then the end of the two minutes. This hash prevents requests that are still
// in flight from creating the session anew.
//
// A shard has an index of each user who has sessions there, and of each
// external id: sorted sets of places, scored by the deadlines, under the keys
//
//	session:user:FFFFFFFFFFFFFFFFFFFFFF
//	session:external:FFFFFFFFFFFFFFFFFFFFFF
//
// where F are the first 22 characters of the base64url SHA-256 of the name. An
// entry may outlive its session, but a session always has its entry. The entry
// is removed after its deadline. If entry and record differ, the record counts.
//
// # The sessions of a user
//
// [Store.List] and [Store.End] ask all shards at the same time. If a shard does
// not answer, End leaves an order to end the sessions: at the other shards,
// under session:{orders}: and the tag of the shard, and at the other servers of
// a Cluster. Every open store looks for orders each second, with one command
// for each shard, and carries out those for shards that answer. So the sessions
// end within two seconds after the shard answers again. A store whose breaker
// was open carries out the orders before it serves a session of the shard. A
// store of one server keeps orders in memory, and loses them when the program
// ends.
//
// Programs in other languages may read sessions. To change one, they must run
// the scripts of the folder lua. These check that the session still exists and
// set its TTL in the same step.
//
// # Servers
//
// Redis stores a hash with a value longer than hash-max-listpack-value (64
// bytes by default) as a table, which needs nearly twice the memory. The parts
// above avoid that for values of up to 503 bytes. Set maxmemory-policy to
// noeviction: any other policy logs users out when memory runs short.
//
// A user of Redis (ACL SETUSER) needs the keys of the prefix and sixteen
// commands. The project's README has the rule.
//
// Errors name shards and places, never fingerprints, URLs or passwords. If a
// server replied with an error, only its first word is kept, because servers
// and proxies repeat what they were sent.
package redisstore
