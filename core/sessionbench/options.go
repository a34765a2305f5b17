package main

import (
	"flag"
	"regexp"
	"time"
)

// options say how much is measured.
type options struct {
	rounds   int
	slice    time.Duration
	only     *regexp.Regexp
	conns    int     // at most, whatever the workload says; 0 means no limit
	limit    int     // of requests of a connection in a slice; 0 means none
	profile  string  // folder that gets the servers' CPU profiles; none if empty
	foreign  float64 // part of the machine that other programs may take before a slice is repeated
	counted  int     // requests whose allocations are counted; for commands it is a tenth
	sessions int     // that are made to see what memory they take
	page     string  // file that gets the tables; none if empty
}

func parseOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("sessionbench", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 7, "how often every subject runs in every workload")
	flags.DurationVar(&o.slice, "slice", 500*time.Millisecond, "how long a subject runs each time")
	flags.IntVar(&o.limit, "limit", 0, "at most so many requests of each connection in a slice")
	flags.Float64Var(&o.foreign, "foreign", 0.1, "a slice is repeated, twice at most, if other programs took more of the machine, from 0 to 1")
	flags.IntVar(&o.counted, "counted", 2000, "requests whose allocations are counted")
	flags.IntVar(&o.sessions, "sessions", 100, "how many are made to see what memory they take")
	flags.StringVar(&o.page, "page", "", "the `file` whose tables are replaced, with plots in the folder of its name")
	flags.IntVar(&o.conns, "conns", 0, "at most so many connections")
	flags.StringVar(&o.profile, "profile", "", "the `folder` that gets a CPU profile of the server for every slice")
	only := flags.String("only", "", "measure only what this `regexp` finds in workload/connections/subject")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	var err error
	o.only, err = regexp.Compile(*only)
	return o, err
}
