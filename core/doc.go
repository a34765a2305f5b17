// Package core has the sessions of ringsession: their signed ids, their cookie,
// their lifetimes, and the guard of pages that need a login. It depends on no
// framework and no database, and imports the standard library only.
//
// A program makes a [Manager] from a store (core/redisstore, or core/memstore
// for tests) and a secret. Then it mounts the middleware of its framework's
// adapter package (nethttpsession, ginsession, echosession or fibersession):
//
//	sessions, err := core.New(store, secret, nil)
//	...
//	handler := nethttpsession.Middleware(sessions)(mux)
//
// Handlers get a [Session]: a dictionary of JSON values and a login. They read
// and change it. The middleware stores the change before the response's headers
// leave:
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
//   - Handlers: [Session], [Key], [Counter], [List] and [NextPath]. Handlers
//     that make a call which can fail also need [ErrGone], [HTTPStatus] and
//     [ErrorText].
//   - The main program: [New], [Options], [Cookie] and [Guard], and [Event] for
//     logs and metrics.
//   - Tests of handlers: package core/sessiontest.
//   - Authors of an adapter: package core/adapter, [Manager.Begin] and
//     [MustFromContext]. Package core/adaptertest tests the adapter.
//   - Authors of a store: package core/store. Package core/storetest tests the
//     store.
//
// # The nouns
//
//   - An id names a session. It has two parts: a place and a secret. The place
//     is where the store keeps the session for its whole life. A login replaces
//     the secret. The store gets only a fingerprint of the secret.
//   - A token is an id with its signature (HMAC-SHA-256 over the cookie's name
//     and the id). The [Cookie] holds it.
//   - A save sends what the request changed, not what it read. So requests that
//     change different keys do not overwrite each other.
//   - A [Guard] decides whether a request has a login. Its answer is allow,
//     deny or unavailable.
//   - An [Event] is one thing that happened, for logs and metrics.
//
// # What a request costs
//
// A request makes no call to the store if it has no cookie or a forged one, or
// if the handler does not use the session. Otherwise one call reads the
// session, when a method first needs what is stored. One more call writes, if
// something changed. Every write extends the idle time. A read extends it, with
// a call of its own, only if a tenth of it has passed.
//
// # Standards
//
// Ids, cookies and their handling follow OWASP ASVS 5.0 (V3.3, V7), the OWASP
// Session Management Cheat Sheet, NIST SP 800-63B-4 and RFC 6265bis.
package core
