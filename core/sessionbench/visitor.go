package main

import (
	"bytes"
	"fmt"
	"time"
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
		_ = v.conn.Close()
	}
}

func (v *visitor) enter() error {
	_ = v.conn.SetDeadline(time.Now().Add(patience))
	cookie := ""
	if v.cookie != nil {
		r, err := v.do(request(fmt.Sprintf("/seed?n=%d", v.session), ""))
		if err != nil || r.status != 200 {
			return fmt.Errorf("seed: %d %q, %w", r.status, r.body, err)
		}
		if cookie = r.cookie(); cookie != "" {
			cookie = v.cookie(cookie)
		}
	}
	v.request = request(v.path, cookie)
	v.want = []byte(v.workload.want(v.session, 0))
	return nil
}

// ask makes one request and checks the answer.
func (v *visitor) ask() error {
	r, err := v.do(v.request)
	switch {
	case err != nil:
		return err
	case r.status != 200 || !bytes.Equal(r.body, v.want):
		return fmt.Errorf("session %d: answer %d %q, want %q", v.session, r.status, r.body, v.want)
	case v.setsCookie && !bytes.Contains(r.header, setCookie):
		return fmt.Errorf("session %d: no cookie in %q", v.session, r.header)
	}
	v.done++
	if v.path == "/write" {
		v.want = fmt.Append(v.want[:0], v.done+1)
	}
	return nil
}
