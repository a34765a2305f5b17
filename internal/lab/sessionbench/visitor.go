package main

import (
	"bytes"
	"fmt"
	"net/http"
)

// A visitor is a connection with a session of its own.
type visitor struct {
	*client
	workload
	session int
	request []byte
	want    []byte // the body of the next answer
	done    int    // requests answered as they should be
}

// visit opens the connections, and a session for each if the workload needs one.
func visit(w workload, addr string, conns int) (all []*visitor, err error) {
	for i := range conns {
		c, err := dial(addr)
		if err != nil {
			leave(all)
			return nil, err
		}
		v := &visitor{client: c, workload: w, session: i}
		all = append(all, v)
		if err := v.enter(); err != nil {
			leave(all)
			return nil, err
		}
	}
	return all, nil
}

func leave(all []*visitor) {
	for _, v := range all {
		v.close()
	}
}

// answered is how many requests the visitors made so far.
func answered(all []*visitor) (n int) {
	for _, v := range all {
		n += v.done
	}
	return n
}

func (v *visitor) enter() error {
	cookie := ""
	if v.cookie != nil {
		r, err := v.do(request(fmt.Sprintf("/seed?n=%d", v.session), ""))
		if err != nil {
			return fmt.Errorf("seed: %w", err)
		}
		if r.status != http.StatusOK {
			return fmt.Errorf("seed: %d %q", r.status, r.body)
		}
		if cookie = r.cookie(); cookie != "" {
			cookie = v.cookie(cookie)
		}
	}
	v.request = request(v.path, cookie)
	v.want = []byte(v.workload.want(v.session, 0))
	return nil
}

// check counts an answer that is as it should be.
func (v *visitor) check(r reply) error {
	switch {
	case r.status != http.StatusOK || !bytes.Equal(r.body, v.want):
		return fmt.Errorf("session %d: answer %d %q, want %q", v.session, r.status, r.body, v.want)
	case v.setsCookie && !bytes.Contains(r.header, setCookie):
		return fmt.Errorf("session %d: no cookie in %q", v.session, r.header)
	}
	v.done++
	if v.changes {
		v.want = append(v.want[:0], v.workload.want(v.session, v.done)...)
	}
	return nil
}
