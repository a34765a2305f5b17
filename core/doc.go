// Package core is the part of ringsession that knows no framework and no database:
// sessions, their signed ids, the cookie, their life, and the guard of pages that
// need a login. It imports the standard library only.
//
// A program makes a [Manager] from a store (core/redisstore, or core/memstore for
// tests) and a secret, and mounts the middleware of its framework's adapter package
// (nethttpsession, ginsession, echosession or fibersession):
//
//	sessions, err := core.New(store, secret, nil)
//	...
//	handler := nethttpsession.Middleware(sessions)(mux)
//
// Handlers get a [Session], a dictionary of JSON values and a login, and change it.
// The middleware stores the change before the response's headers leave:
//
//	const visits core.Counter = "visits"
//
//	func home(w http.ResponseWriter, r *http.Request) {
//		s := nethttpsession.From(r)
//		visits.Add(s, 1)
//		fmt.Fprintln(w, "visit", visits.Get(s))
//	}
//
// # Who needs what
//
//   - Handlers: [Session], [Key], [Counter], [List] and [NextPath]; [ErrGone], [HTTPStatus] and
//     [ErrorText] if they make a call that can fail.
//   - The main program: [New], [Options], [Cookie] and [Guard]; [Event] for logs and metrics.
//   - Tests of handlers: package core/sessiontest.
//   - Authors of an adapter: package core/adapter, [Manager.Begin] and
//     [MustFromContext]. core/adaptertest proves the adapter.
//   - Authors of a store: package core/store. core/storetest proves the store.
//
// # The nouns
//
//   - A session has a place, where the store keeps it for its whole life, and a
//     secret, which a login replaces. The two are its id. The store gets a
//     fingerprint of the secret only.
//   - A token is an id with its signature (HMAC-SHA-256 over the cookie's name and
//     the id). It is what the [Cookie] holds.
//   - A save sends what the request changed, not what it read, so requests that
//     change different keys do not overwrite each other.
//   - A [Guard] decides whether a request has a login: allow, deny, or unavailable.
//   - An [Event] tells operators of one thing that happened.
//
// # What a request costs
//
// Nothing without a cookie, with a forged one, or if the handler leaves the session
// alone. One call to the store to read at the first use, one more to write. Writes
// extend the idle time, and reads do only when a tenth of it has passed.
//
// # Standards
//
// Ids, cookies and their handling follow OWASP ASVS 5.0 (V3.3, V7), the OWASP
// Session Management Cheat Sheet, NIST SP 800-63B-4 and RFC 6265bis.
package core
