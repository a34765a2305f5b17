package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A server is the process that serves a subject. It ends when its standard input does, so at the latest with this process.
type server struct {
	subject
	addr string

	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
}

func startServer(s subject, redis []string) (*server, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), subjectEnv+"="+s.name, redisEnv+"="+strings.Join(redis[:max(s.shards, 1)], ","))
	cmd.Stderr = os.Stderr
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	started := &server{subject: s, cmd: cmd, orders: orders, answers: bufio.NewReader(out)}
	r, err := started.answer()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.name, err), started.stop())
	}
	started.addr = r.Addr
	return started, nil
}

func (s *server) stop() error {
	_ = s.orders.Close()
	return s.cmd.Wait()
}

// order has the process do something and returns its answer.
func (s *server) order(order string) (result, error) {
	if _, err := io.WriteString(s.orders, order+"\n"); err != nil {
		return result{}, fmt.Errorf("%s: %w", s.name, err)
	}
	r, err := s.answer()
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", s.name, order, err)
	}
	return r, err
}

func (s *server) answer() (r result, err error) {
	line, err := s.answers.ReadBytes('\n')
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, err
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

func (s *server) cpu() (time.Duration, error) {
	r, err := s.order("usage")
	return r.CPU, err
}
