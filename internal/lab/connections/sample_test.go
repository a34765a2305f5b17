package connections_test

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
)

// A sample is what a process needs at one moment, in bytes: RSS and Heap after a collection, Peak the most RSS that it ever had.
type sample struct {
	RSS, Peak, Heap, Stacks int
	Goroutines              int
}

func takeSample() (sample, error) {
	var m runtime.MemStats
	runtime.GC() // what finalizers free, the collection below finds
	debug.FreeOSMemory()
	runtime.ReadMemStats(&m)
	s := sample{Heap: int(m.HeapAlloc), Stacks: int(m.StackInuse), Goroutines: runtime.NumGoroutine()}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return s, err
	}
	for name, to := range map[string]*int{"VmRSS": &s.RSS, "VmHWM": &s.Peak} {
		found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
		if found == nil {
			return s, fmt.Errorf("/proc/self/status has no %s", name)
		}
		kilobytes, _ := strconv.Atoi(string(found[1]))
		*to = kilobytes << 10
	}
	return s, nil
}

// fileLimit returns how many files, and thus connections, this process may have open.
func fileLimit() (int, error) {
	limits, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		return 0, err
	}
	found := regexp.MustCompile(`Max open files\s+(\d+)`).FindSubmatch(limits)
	if found == nil {
		return 0, fmt.Errorf("/proc/self/limits has no number of open files")
	}
	return strconv.Atoi(string(found[1]))
}
