package examples_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A live is a stream of the demo's page.
type live struct {
	t     *testing.T
	lines *bufio.Scanner
}

// live opens the stream, which ends with the test, and waits for the first event.
func (v *visitor) live(base string) *live {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	v.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/demo/live", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	client := *v.client
	client.Timeout = 0
	response, err := client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = response.Body.Close() })
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		v.t.Fatalf("the stream has type %q", kind)
	}
	l := &live{v.t, bufio.NewScanner(response.Body)}
	l.next()
	return l
}

// next returns the next event, or "" when the stream has ended.
func (l *live) next() string {
	l.t.Helper()
	var text strings.Builder
	for l.lines.Scan() {
		line, ok := strings.CutPrefix(l.lines.Text(), "data: ")
		switch {
		case ok:
			text.WriteString(line + "\n")
		case text.Len() > 0:
			return text.String()
		}
	}
	return ""
}

// until returns the first event that has the part.
func (l *live) until(part string) string {
	l.t.Helper()
	last := ""
	for {
		event := l.next()
		switch {
		case event == "":
			l.t.Fatalf("the stream ended before it told %q; the last event was\n%s", part, last)
		case strings.Contains(event, part):
			return event
		}
		last = event
	}
}
