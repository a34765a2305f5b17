package main

import "testing"

func TestParse(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n" +
		"Set-Cookie: id=7; Path=/\r\nSet-Cookie: b=8\r\n\r\n"
	for _, row := range []struct {
		name, in string
		status   int
		body     string
		complete bool
		fails    bool
	}{
		{"whole", head + "abc", 200, "abc", true, false},
		{"nothing yet", "", 0, "", false, false},
		{"half a head", head[:40], 0, "", false, false},
		{"head alone", head, 200, "", false, false},
		{"half a body", head + "ab", 200, "ab", false, false},
		{"too much", head + "abcd", 0, "", false, true},
		{"an error is an answer", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 503, "", true, false},
		{"no length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, "", false, true},
		{"no HTTP", "220 smtp.example.com\r\n\r\n", 0, "", false, true},
	} {
		r, complete, err := parse([]byte(row.in))
		if complete != row.complete || (err != nil) != row.fails {
			t.Errorf("%s: complete: %v, %v", row.name, complete, err)
		}
		if err == nil && (r.status != row.status && r.header != nil || string(r.body) != row.body) {
			t.Errorf("%s: %d %q, want %d %q", row.name, r.status, r.body, row.status, row.body)
		}
	}
	r, _, _ := parse([]byte(head + "abc"))
	if r.cookie() != "id=7" {
		t.Errorf("cookie %q", r.cookie())
	}
}
