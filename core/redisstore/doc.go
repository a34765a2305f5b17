// Package redisstore keeps sessions in Redis 6.2 or later, or Valkey, each session on one of several shards.
//
//	store, err := redisstore.Open(ctx, []redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://10.0.0.1:6379")}}, nil)
//	...
//	defer store.Close()
//	sessions, err := core.New(store, secret, nil)
//
// One shard is enough to begin with; more can be added while the program runs.
//
// # Shards
//
// A shard is a server, a primary with its replicas, or a Cluster; see [Shard]. The store spreads new sessions over the
// shards by their weights, with a consistent-hash ring. From then on the id itself says where its session is: reading needs
// no ring, so adding a shard or changing a weight moves nothing and logs nobody out, and processes whose lists differ for a
// while never look for the same session in two places. No session is ever served from another shard because its own is down:
// its requests get an error, quickly, and the cookie stays.
//
// A breaker stands before each server. It opens after five failures in a row of at
// least three sessions, or when a ping fails too, and calls fail at once. After a
// second it lets one call through at a time, and it closes at the first that works.
// One session cannot open it. New sessions avoid a server from its first failure on,
// until a write in the background works. A server that only refuses writes (OOM,
// MISCONF, NOREPLICAS) still serves reads.
//
// The store asks a primary that has replicas, or is behind Sentinel, for INFO
// replication ten times a second while it is in use, any other every 15 seconds. A
// server that has become a replica is not believed, and behind Sentinel neither is
// one whose replica was promoted: its breaker stays open until that has changed.
//
// Each server keeps a mark of whose shard it is, under the key session:shard. A list
// that contradicts the marks is refused; see docs/shards.md.
//
// [Store.SetShards] changes the list while the program runs. To take a shard out of service, list it with Drain, wait for
// the absolute timeout (longer if somebody logs in anew within a session, which stays where it is), then list it as Retired, or
// leave it out when nobody holds its cookies any more.
//
// # Connections
//
// Calls to one server share a few connections, in full duplex: a call is written
// at once, while the replies to others are still due, and calls that come at the
// same time share a write and a read. There are no goroutines for it. Whoever
// finds nobody writing writes what has gathered, and whoever waits first reads for
// all that wait.
//
// Every call ends when its context does, whatever the server does. A connection
// whose replies are late takes no new calls: they go on another, up to 8, or
// as many as the client's pool has. A connection that breaks fails the calls that
// it carried, which is one failure to the breaker. The store sends nothing twice;
// package core repeats a call whose reply was lost, once. In a Cluster all this is
// so for each of its servers. [Options.PlainPool] gives every call a connection of
// go-redis's pool instead.
//
// go-redis makes these connections by the client's options: TLS, user and password,
// database, OnConnect. Hooks of a [Shard.Client] run around each call on its own, on
// the goroutine and with the context of its caller, and may refuse it. They are
// those that the client has when the store gets it; hooks for dialling are not
// called.
//
// # Storage format
//
// docs/storage-format.md says the same at length, with a reader in Python.
//
// A session is one hash for its whole life, under the key
//
//	session:PPPPPPPPPPPP
//
// where session: is [Options.Prefix] and P the place: the first four characters of
// the base64url SHA-256 of the shard's name, and eight random ones. A cookie holds
// the place, a secret, "." and a signature. Redis never sees a secret: it has the
// first 22 characters of the secret's base64url SHA-256, the fingerprint.
//
// Every key of the session is a field of the hash, its value JSON. Fields that
// begin with "@" are the store's own. Times are Unix milliseconds by the server's
// clock:
//
//	@id        place and fingerprint, and the nonces of the last 4 saves, so that they
//	           can be repeated: a reply that names another place is not believed
//	@u         the last use
//	@d         the deadline
//	@i         the idle timeout in milliseconds; negative if it locks the session
//	@s         size: at least the bytes of all names and values, and 32 for each field
//	@c         when the session was created
//	@user      who is logged in; absent without login
//	@external  what an identity provider calls the login; absent if it has no name
//	@about     what package core adds to the login; absent if that is nothing
//	@login     since when; absent without login, and if since the creation
//	@renewed   when the fingerprint was last replaced, unless by the login
//	@n         the journal of saves that must not be done twice: see store.Journal
//
// A value of 65 to 503 bytes is in parts of at most 63 bytes, because Redis needs
// about twice the memory for a hash with a longer value. The first part begins with
// "*" and the number of the others, which are under "@1" + key, "@2" + key and so on. A
// value that begins with "*" itself and is not in parts has "*0" before it. Parts
// with a higher number are left over and do not count.
//
// The key lives until the idle timeout after the last use, or until the deadline if
// that comes first or the idle timeout locks the session.
//
// For two minutes after its end the hash has @id, @ended and @u alone, which is
// then the end of the two minutes. It keeps requests that are still in flight from
// creating the session anew.
//
// A shard has an index of each user who has sessions there, and of each external
// id: sorted sets of places, scored by the deadlines, under the keys
//
//	session:user:FFFFFFFFFFFFFFFFFFFFFF
//	session:external:FFFFFFFFFFFFFFFFFFFFFF
//
// where F are the first 22 characters of the base64url SHA-256 of the name. An entry
// may outlive its session, never the other way round, and is removed when its
// deadline is over. What the record says counts.
//
// # The sessions of a user
//
// [Store.List] and [Store.End] ask all shards at the same time. If a shard does not
// answer, End leaves an order to end the sessions at the other shards, under
// session:{orders}: and the tag of the shard, and at the other servers of a Cluster.
// Every store that is open looks for orders each second, a command for each shard,
// and carries out those for shards that answer: so the sessions end within two
// seconds of the shard's return. A store whose breaker is open does it before it
// serves a session of the shard. A store of one server keeps orders in memory, and
// forgets them when the program ends.
//
// Programs in other languages may read sessions. To change one, they must run the
// scripts of the folder lua, which check that the session still exists and set its
// TTL in the same step.
//
// # Servers
//
// Redis stores a hash with values longer than hash-max-listpack-value (64 bytes by default) as a table, which takes nearly
// twice the memory. The parts above avoid that; a session with longer values pays it. Set
// maxmemory-policy to noeviction: any other policy logs users out when memory runs short.
//
// A user of Redis (ACL SETUSER) needs the keys of the prefix and sixteen commands; the project's README has the rule.
//
// Errors name shards and places, never fingerprints, URLs or passwords. Of an error
// that a server replied they have the first word alone, because servers and
// proxies repeat what they were sent.
package redisstore
