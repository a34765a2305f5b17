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
	foreign  float64 // part of the machine that other programs may take before a slice is repeated
	counted  int     // requests whose allocations are counted; for commands it is a tenth
	sessions int     // that are made to see what memory they take
	profile  string  // folder that gets the servers' CPU profiles; none if empty
	page     string  // file that gets the section; none if empty
}

func parseOptions(args []string) (options, error) {
	o := options{only: regexp.MustCompile("")}
	flags := flag.NewFlagSet("sessionbench", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 7, "how often every subject runs in every workload")
	flags.DurationVar(&o.slice, "slice", 500*time.Millisecond, "how long a subject runs each time")
	flags.IntVar(&o.conns, "conns", 0, "at most so many connections")
	flags.IntVar(&o.limit, "limit", 0, "at most so many requests of each connection in a slice")
	flags.Float64Var(&o.foreign, "foreign", 0.1,
		"a slice is repeated, twice at most, if other programs took more than this part of the machine, from 0 to 1")
	flags.IntVar(&o.counted, "counted", 2000, "requests whose allocations are counted")
	flags.IntVar(&o.sessions, "sessions", 100, "sessions that are made to see what memory they take")
	flags.StringVar(&o.profile, "profile", "", "the `folder` that gets a CPU profile of the server for every slice")
	flags.StringVar(&o.page, "page", "", "the `file` whose section is replaced, with plots in the folder of its name")
	const only = "measure only what this `regexp` finds in workload/connections/subject, or COST/1/subject"
	flags.Func("only", only, func(text string) (err error) {
		o.only, err = regexp.Compile(text)
		return err
	})
	return o, flags.Parse(args)
}
