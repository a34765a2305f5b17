package main

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
)

// allocs counts what the whole process allocates for a request of the workload, the mean of many runs. The requests are served
// in this process without a network to the client. Request and ResponseWriter are used again, so what counts is framework,
// library, and its client of Redis.
func allocs(s site, name string, runs int) (result, error) {
	w, err := workloadOf(name)
	if err != nil {
		return result{}, err
	}
	cookie := ""
	if w.cookie != nil {
		run, answer := s.call("/seed", "?n=0", "")
		if run(); answer.status != http.StatusOK {
			return result{}, fmt.Errorf("seed: %d %q", answer.status, answer.body)
		}
		if cookie, _, _ = strings.Cut(answer.cookie, ";"); cookie != "" {
			cookie = w.cookie(cookie)
		}
	}
	run, answer := s.call(w.path, "", cookie)
	warmUp := runs / 10
	for range warmUp {
		run()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		run()
	}
	runtime.ReadMemStats(&after)
	if want := w.want(0, warmUp+runs-1); answer.status != http.StatusOK || string(answer.body) != want {
		return result{}, fmt.Errorf("in-process %s: %d %q, want %q", name, answer.status, answer.body, want)
	}
	return result{
		Allocs: float64(after.Mallocs-before.Mallocs) / float64(runs),
		Bytes:  float64(after.TotalAlloc-before.TotalAlloc) / float64(runs),
	}, nil
}

func workloadOf(name string) (workload, error) {
	for _, w := range workloads {
		if w.name == name {
			return w, nil
		}
	}
	return workload{}, fmt.Errorf("no workload %q", name)
}
