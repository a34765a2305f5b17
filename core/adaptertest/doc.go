// Package adaptertest is a table of HTTP scenarios that every adapter of a web
// framework passes. Each scenario is one rule in words, and a failure names the
// rule that was broken. An adapter's test describes its [Framework] and calls
// [Run]; it has no assertions of its own:
//
//	func TestScenarios(t *testing.T) {
//		adaptertest.Run(t, adaptertest.Framework{Name: "net/http", Serve: serve})
//	}
//
// Every scenario is played twice, over a transport in memory and over a
// loopback socket, by a browser with a cookie jar. The store is core/memstore
// behind a spy that counts, fails and delays calls. After every scenario the
// suite looks at all that came out (headers, bodies, logs, events) for rules
// that always hold: no id but in a Set-Cookie line, no cookie without its
// attributes, no event too many or too few, and no guarded handler that ran
// without a login.
//
// The environment variable ADAPTERTEST_ROUNDS says how often the scenarios
// about the order of answer and change ask; the default is 200.
//
// docs/adding-a-framework.md goes through a whole adapter. Numbers like R2 and
// H6 in the source are rows of docs/requirements.md.
package adaptertest
