package fibertest

// Cannot are the scenarios of adaptertest that Fiber has no way to play.
var Cannot = map[string]string{
	"client gone":         noContext,
	"client gone early":   noContext,
	"first bytes":         noWriter,
	"early hints":         noWriter,
	"response controller": noWriter,
	"failed writes":       noWriter,
	"proxy, no save":      noWriter,
	"files":               noWriter,

	"WebSocket":                  noWriter,
	"WebSocket, read and change": noWriter,
	"WebSocket, no save":         noWriter,
	"WebSocket, guarded":         noWriter,
	"hijack":                     noWriter,
	"hijack, no save":            noWriter,
	"HTTP/2":                     noHTTP2,
	"HTTP/2 streams":             noHTTP2,
}

const (
	noWriter  = "it is not built on net/http and has no http.ResponseWriter"
	noContext = "its request context does not end when the client goes"
	noHTTP2   = "it speaks HTTP/1.1 only"
)
