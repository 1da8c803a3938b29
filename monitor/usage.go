package monitor

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// sampleEvery is the shortest time that CPU use is an average over.
const sampleEvery = 500 * time.Millisecond

// cpu is the process's use of CPU in per cent of one, between the last two times
// that somebody asked; the first time since start.
func (u *usage) cpu(start time.Time) float64 {
	u.Lock()
	defer u.Unlock()
	if u.at.IsZero() {
		u.at = start
	}
	var r syscall.Rusage
	now := time.Now()
	passed := now.Sub(u.at)
	if passed < sampleEvery || syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return u.rate
	}
	used := time.Duration(r.Utime.Nano() + r.Stime.Nano())
	u.rate = float64((used-u.used)*1000/passed) / 10
	u.at, u.used = now, used
	return u.rate
}

// resident is the process's memory in bytes; 0 where the kernel does not tell.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}
