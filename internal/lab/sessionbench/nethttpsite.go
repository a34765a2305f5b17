package main

import (
	"net"
	"net/http"
	"net/http/httptest"
)

// httpSite is a site on a handler of net/http.
type httpSite struct{ http.Handler }

func (s httpSite) serve(ln net.Listener) error { return http.Serve(ln, s.Handler) }

func (s httpSite) call(path, query, cookie string) (func(), *answer) {
	fresh := httptest.NewRequest(http.MethodGet, path+query, nil)
	if cookie != "" {
		fresh.Header.Set("Cookie", cookie)
	}
	r, sink := new(http.Request), &sink{header: make(http.Header)}
	return func() {
		*r = *fresh // gorilla/sessions keeps what it has read in the request
		clear(sink.header)
		sink.status, sink.body = http.StatusOK, sink.body[:0]
		s.ServeHTTP(sink, r)
		if lines := sink.header["Set-Cookie"]; len(lines) > 0 {
			sink.cookie = lines[len(lines)-1]
		}
	}, &sink.answer
}

// A sink is a ResponseWriter that costs nothing.
type sink struct {
	answer
	header http.Header
}

func (s *sink) Header() http.Header    { return s.header }
func (s *sink) WriteHeader(status int) { s.status = status }

func (s *sink) Write(p []byte) (int, error) {
	s.body = append(s.body, p...)
	return len(p), nil
}

// exchange is one request of net/http.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

var plainHeader = []string{textPlain}

func netHTTP(middleware func(http.Handler) http.Handler, w work[exchange]) site {
	mux := http.NewServeMux()
	for _, path := range paths {
		mux.HandleFunc(path, func(rw http.ResponseWriter, r *http.Request) {
			buffer := buffers.Get().(*[]byte)
			page, err := w.page(path, exchange{rw, r}, func() string { return r.FormValue("n") }, (*buffer)[:0])
			if err != nil {
				http.Error(rw, err.Error(), http.StatusInternalServerError)
				return
			}
			rw.Header()["Content-Type"] = plainHeader
			_, _ = rw.Write(page)
			*buffer = page
			buffers.Put(buffer)
		})
	}
	if middleware == nil {
		return httpSite{mux}
	}
	return httpSite{middleware(mux)}
}
