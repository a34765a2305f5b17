package main

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// busy returns the processor time that was used on the whole machine since it started, or taken from it by its host. It is 0
// where the system does not say.
func busy() time.Duration {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	return busyOf(line)
}

// busyOf adds up the columns of /proc/stat, in hundredths of a second, but for idle, iowait, and what guests used, which is in
// the first columns already.
func busyOf(line string) (sum time.Duration) {
	for i, field := range strings.Fields(line) {
		if i == 0 || i == 4 || i == 5 || i > 8 {
			continue
		}
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}

// An account is the processor time used until a moment.
type account struct {
	at                     time.Time
	servers, client, total time.Duration // by server and Redis, by this process, by all there is
}

// foreign returns the part of the machine, from 0 to 1, that other programs took between two accounts.
func (a account) foreign(before account, cores int) float64 {
	others := a.total - before.total - (a.servers - before.servers) - (a.client - before.client)
	return min(1, max(0, others.Seconds()/a.at.Sub(before.at).Seconds()/float64(cores)))
}
