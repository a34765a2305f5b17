package main

import (
	"regexp"
	"slices"
)

// A subject is one library in one framework, or a floor.
type subject struct {
	name string
	open func(addrs []string) (site, error) // on the Redis servers at these addresses
	// slides says that a READ extends the session's life. A library whose user chooses is two subjects.
	slides bool
	// only names the workloads that the subject takes part in. Default: all but BLIND.
	only []string
	// shards is how many Redis servers the subject needs. Default 1.
	shards int
}

// subjects are all that is measured. The first two are what the ratios refer to.
var subjects = slices.Concat(floors, ours, scsSubjects, gorillaSubjects, ginContribSubjects, echoContribSubjects, fiberSubjects)

const (
	floorName = "floor: net/http, one command" // a bare handler with GET, GET and SET, or SET
	noneName  = "floor: net/http, no Redis"
)

func (s subject) takesPart(workload string) bool {
	if s.only == nil {
		return workload != "BLIND"
	}
	return slices.Contains(s.only, workload)
}

func find(name string) (subject, bool) {
	i := slices.IndexFunc(subjects, func(s subject) bool { return s.name == name })
	if i < 0 {
		return subject{}, false
	}
	return subjects[i], true
}

// matching returns the subjects whose "workload/connections/subject" the expression finds, the floor apart.
func matching(only *regexp.Regexp, w workload, conns int, floor string) (found []subject) {
	for _, s := range subjects {
		if s.name != floor && s.takesPart(w.name) && only.MatchString(cellName(w, conns)+"/"+s.name) {
			found = append(found, s)
		}
	}
	return found
}
