package adaptertest

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

// orderRounds is how often each scenario of this file asks: ADAPTERTEST_ROUNDS
// times, 200 by default.
func orderRounds(s *stage) int {
	text := os.Getenv("ADAPTERTEST_ROUNDS")
	if text == "" {
		return 200
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		s.Fatalf("ADAPTERTEST_ROUNDS is %q, not a whole number above 0", text)
	}
	return n
}

// H8
var orderScenarios = []scenario{
	{"streamed, then asked", "who reads the first byte of a stream and asks again sees the change", streamedOrder},
	{"redirected, then asked", "who follows a redirect sees the change", redirectedOrder},
	{"answered, then asked", "who has the response sees the change, in another process as well", answeredOrder},
}

func streamedOrder(s *stage) {
	asked := make(chan struct{})
	b := s.start(setup{routes: []Route{get("/stream", func(x Exchange) error {
		n, _ := strconv.Atoi(x.Query("n"))
		visits.Set(x.Session(), n)
		return x.Stream(func(w io.Writer, flush func() error) error {
			if _, err := io.WriteString(w, "."); err != nil {
				return err
			}
			if err := flush(); err != nil {
				return err
			}
			wait(s, asked, "the second request")
			return nil
		})
	})}}).browser()
	for n := range orderRounds(s) {
		answer := b.open(fmt.Sprintf("/stream?n=%d", n))
		_, err := io.ReadFull(answer.Body, make([]byte, 1))
		want(s, "reading the first byte", err, nil)
		want(s, "the change", b.get("/get?key=visits").body, strconv.Itoa(n))
		asked <- struct{}{}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if s.Failed() {
			return
		}
	}
}

func redirectedOrder(s *stage) {
	b := s.start(setup{routes: []Route{get("/go", func(x Exchange) error {
		n, _ := strconv.Atoi(x.Query("n"))
		visits.Set(x.Session(), n)
		return x.Redirect(http.StatusSeeOther, "/get?key=visits")
	})}}).browser()
	b.client.CheckRedirect = nil
	for n := range orderRounds(s) {
		want(s, "the change", b.get(fmt.Sprintf("/go?n=%d", n)).body, strconv.Itoa(n))
	}
}

func answeredOrder(s *stage) {
	here, there := s.start(setup{}), s.start(setup{})
	b := here.browser()
	for n := range orderRounds(s) {
		b.at(here).get(fmt.Sprintf("/set?key=n&value=%d", n))
		want(s, "the change", b.at(there).get("/get?key=n").body, strconv.Itoa(n))
	}
}
