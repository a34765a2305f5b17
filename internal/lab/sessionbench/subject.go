package main

import (
	"regexp"
	"slices"
)

// A subject is one library in one framework, or a floor.
type subject struct {
	name string
	kind
	framework string
	open      func(addrs []string) (site, error) // on the Redis servers at these addresses
	// slides says that a READ extends the session's life. A library whose user chooses is two subjects.
	slides bool
	// only names the workloads that the subject takes part in. Default: all that are for its kind.
	only []string
	// offline says that a floor has no Redis.
	offline bool
	// shards is how many Redis servers the subject needs. Default 1.
	shards int
}

type kind int

const (
	floor kind = iota // no library
	our
	other
)

// title names the subject where this library is one of many.
func (s subject) title() string {
	if s.kind == our {
		return "ringsession, " + s.name
	}
	return s.name
}

// subjects are all that is measured.
var subjects = slices.Concat(floors, ours, scsSubjects, gorillaSubjects, ginContribSubjects, echoContribSubjects, fiberSubjects)

func (s subject) takesPart(w workload) bool {
	switch {
	case w.subjects != nil && s.name != w.floor && !slices.Contains(w.subjects, s.name):
		return false
	case w.netHTTP && s.framework != "net/http", w.ours && s.kind == other:
		return false
	case s.kind == floor && s.offline != w.offline:
		return false
	}
	return s.only == nil || slices.Contains(s.only, w.name)
}

// reading is for subjects that differ from another only when they read.
var reading = []string{"READ", "LATENCY"}

func find(name string) (subject, bool) {
	i := slices.IndexFunc(subjects, func(s subject) bool { return s.name == name })
	if i < 0 {
		return subject{}, false
	}
	return subjects[i], true
}

// matching returns the names of the subjects whose "workload/connections/subject" the expression finds, apart from the floor
// that the workload refers to.
func matching(only *regexp.Regexp, w workload, conns int) (found []string) {
	for _, s := range subjects {
		if s.name != w.floor && s.takesPart(w) && only.MatchString(cellName(w, conns)+"/"+s.name) {
			found = append(found, s.name)
		}
	}
	return found
}
