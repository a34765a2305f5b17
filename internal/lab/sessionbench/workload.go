package main

import (
	"fmt"
	"strconv"
	"time"
)

// A workload is one kind of request, and how its answer is checked.
type workload struct {
	name  string
	path  string
	floor string // the subject that the ratios refer to
	conns []int  // how many connections at once
	// rate is how many requests a second are due, answered or not. Default: each connection sends when it has its answer.
	rate int
	// half makes the rate half of what the floor's closed loop reaches. In a test it is the rate.
	half bool
	// roundTrip is how far away Redis is. Default: loopback.
	roundTrip time.Duration
	// subjects take part, beside the floor. Default: all.
	subjects []string
	// cookie makes of the cookie of a session what the requests send. Default: nothing is sent.
	cookie func(string) string
	// want is the body of the i-th answer to a connection with the session of this number.
	want func(session, i int) string
	// setsCookie says that every answer must set a cookie.
	setsCookie bool
	// changes says that want depends on i.
	changes bool
	offline bool // the floors of this workload have no Redis
	netHTTP bool // only subjects on net/http take part
	ours    bool // other libraries cannot take part
	// about says in a few words what the handler does.
	about string
}

var workloads = []workload{
	{name: "READ", path: "/read", floor: floorName, conns: []int{1, 4, 16, 64, 256}, cookie: same, want: values,
		about: "reads five values of an existing session, 300 bytes in all"},
	{name: "WRITE", path: "/write", floor: floorName, conns: []int{1, 64}, cookie: same, want: counter, changes: true,
		about: "reads a counter of such a session and writes it"},
	{name: "BLIND", ours: true, path: "/blind", floor: floorName, conns: []int{64}, cookie: same, want: ok,
		about: "sets a value without reading one"},
	{name: "LOGIN", path: "/login", floor: floorName, conns: []int{64}, want: ok, setsCookie: true,
		about: "makes a session for a visitor without a cookie"},
	{name: "FORGED", offline: true, path: "/read", floor: noneName, conns: []int{64}, cookie: forge, want: nothing,
		about: "reads, but the cookie does not verify"},
	{name: "UNTOUCHED", offline: true, path: "/alone", floor: noneName, conns: []int{64}, cookie: same, want: ok,
		about: "leaves the visitor's session alone"},
	{name: "LATENCY", netHTTP: true, path: "/read", floor: floorName, conns: []int{64}, cookie: same, want: values, rate: 4000,
		about: "reads as READ does, at a fixed rate"},
	{name: "READ", path: "/read", floor: floorName, conns: []int{1, 4, 16, 64, 256}, cookie: same, want: values,
		roundTrip: far, subjects: farSubjects, about: "reads as READ does"},
	{name: "WRITE", path: "/write", floor: floorName, conns: []int{1, 4, 16, 64}, cookie: same, want: counter, changes: true,
		roundTrip: far, subjects: farSubjects, about: "writes as WRITE does"},
	{name: "LATENCY", path: "/read", floor: floorName, conns: []int{64}, cookie: same, want: values, rate: 4000, half: true,
		roundTrip: far, subjects: farSubjects, about: "reads as READ does, at half the rate that the floor reaches"},
}

// far is the round trip to Redis in another rack or zone.
const far = 500 * time.Microsecond

var farSubjects = []string{"net/http", "net/http, PlainPool", "scs", "Fiber's session"}

func same(cookie string) string    { return cookie }
func ok(int, int) string           { return "ok" }
func nothing(int, int) string      { return string(pageOf([5]string{})) }
func values(session, _ int) string { return string(pageOf(valuesOf(session))) }
func counter(_, i int) string      { return strconv.Itoa(i + 1) }

// cellName is the workload, the connections, and the distance if there is one.
func cellName(w workload, conns int) string {
	if w.roundTrip == 0 {
		return fmt.Sprintf("%s/%d", w.name, conns)
	}
	return fmt.Sprintf("%s/%d/%v", w.name, conns, w.roundTrip)
}

// forge changes a character in the middle of the cookie's last third, where every library that signs has its signature.
func forge(cookie string) string {
	b := []byte(cookie)
	if i := len(b) - len(b)/6; b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}
