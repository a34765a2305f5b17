package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

// The environment of a child says which subject it serves, and on which Redis servers.
const (
	subjectEnv = "SESSIONBENCH_SUBJECT"
	redisEnv   = "SESSIONBENCH_REDIS"
)

// A result is what a child answers to an order, as a line of JSON.
type result struct {
	Error  string
	Addr   string        // of the HTTP server, once, at the start
	CPU    time.Duration // that the process used so far
	Allocs float64       // per request
	Bytes  float64       // allocated per request
}

// isChild reports whether this process was started to serve a subject.
func isChild() bool { return os.Getenv(subjectEnv) != "" }

// child serves the subject and carries out the orders on its standard input, until that ends.
func child() {
	// What is logged of forged cookies would be measured otherwise, and it is the program's choice whether to keep it.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	log.SetOutput(io.Discard)
	answers := json.NewEncoder(os.Stdout)
	s, addr, err := open(os.Getenv(subjectEnv), strings.Split(os.Getenv(redisEnv), ","))
	if err != nil {
		_ = answers.Encode(result{Error: err.Error()})
		return
	}
	_ = answers.Encode(result{Addr: addr})
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		order, argument, _ := strings.Cut(orders.Text(), " ")
		r, err := carryOut(s, order, argument)
		if err != nil {
			r.Error = err.Error()
		}
		_ = answers.Encode(r)
	}
}

func open(name string, addrs []string) (site, string, error) {
	s, ok := find(name)
	if !ok {
		return nil, "", fmt.Errorf("no subject %q", name)
	}
	site, err := s.open(addrs)
	if err != nil {
		return nil, "", err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	go func() {
		_ = site.serve(ln)
		os.Exit(1)
	}()
	return site, ln.Addr().String(), nil
}

func carryOut(s site, order, argument string) (result, error) {
	switch order {
	case "usage":
		cpu, err := usage()
		return result{CPU: cpu}, err
	case "profile":
		f, err := os.Create(argument)
		if err != nil {
			return result{}, err
		}
		return result{}, pprof.StartCPUProfile(f)
	case "unprofile":
		pprof.StopCPUProfile()
		return result{}, nil
	case "allocs":
		var workload string
		var runs int
		if _, err := fmt.Sscan(argument, &workload, &runs); err != nil {
			return result{}, err
		}
		return allocs(s, workload, runs)
	}
	return result{}, fmt.Errorf("no order %q", order)
}

// usage returns the processor time that this process has used.
func usage() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}
