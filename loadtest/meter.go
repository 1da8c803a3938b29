package loadtest

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// processCPU returns the CPU time in ns that a process has used, by all its
// threads: from the kernel's clock of that process, or, where that is not
// allowed, from /proc, which counts in steps of 10 ms.
func processCPU(pid int) (int64, error) {
	const sched = 2 // CPUCLOCK_SCHED, see clock_getcpuclockid(3)
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|sched), &ts); err == nil {
		return ts.Nano(), nil
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("CPU of process %d: %w", pid, err)
	}
	// Fields are counted behind the name, which is in parentheses.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const utime, stime, hertz = 11, 12, 100
	if len(fields) <= stime {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	user, _ := strconv.ParseInt(fields[utime], 10, 64)
	system, _ := strconv.ParseInt(fields[stime], 10, 64)
	return (user + system) * int64(time.Second) / hertz, nil
}

// residentBytes returns the resident memory of a process: as the kernel finds it
// by walking the page table, or, where that is not allowed, as its counters say,
// which lag behind.
func residentBytes(pid int) (int64, error) {
	for _, from := range []struct{ file, key string }{{"smaps_rollup", "Rss:"}, {"status", "VmRSS:"}} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, from.file))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == from.key {
				kib, err := strconv.ParseInt(f[1], 10, 64)
				return kib << 10, err
			}
		}
	}
	return 0, fmt.Errorf("process %d tells no resident memory: is it there, and may you look at it?", pid)
}

// machineCPU returns the idle and the whole CPU time of this machine, in ticks.
func machineCPU() (idle, whole int64) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(line) {
		const user, idleField, waitField, guest = 1, 4, 5, 9
		n, _ := strconv.ParseInt(field, 10, 64)
		if i < user || i >= guest { // guest time is in user time
			continue
		}
		whole += n
		if i == idleField || i == waitField {
			idle += n
		}
	}
	return idle, whole
}

// Usage is what processes spent in a run.
type Usage struct {
	Self    float64   `json:"self_cores"`   // this process
	Workers []float64 `json:"worker_cores"` // each thread with an event loop
	Idle    float64   `json:"machine_idle"` // share of this machine's CPU that nobody used
	Server  *Server   `json:"server,omitempty"`
}

// Server is what the process of --server-pid spent.
type Server struct {
	PID         int     `json:"pid"`
	Cores       float64 `json:"cores"`
	CPU         int64   `json:"cpu_ns"`
	MemoryFirst int64   `json:"memory_before_bytes"`
	MemoryLast  int64   `json:"memory_after_bytes"`
	MemoryPeak  int64   `json:"memory_peak_bytes"` // of those seen each second
	// CPUEach is ns per delivered message, or per connection.
	CPUEach float64 `json:"cpu_ns_each,omitempty"`
}

// reading is what the meter reads at one time.
type reading struct {
	at           int64
	self, server int64 // ns
	workers      []int64
	idle, whole  int64
	memory       int64
}

// meter measures this process and the server.
type meter struct {
	stage *stage
	first reading
	last  reading // at the last line of progress
	peak  int64
}

func newMeter(s *stage) (*meter, error) {
	m := &meter{stage: s}
	if pid := s.o.ServerPID; pid != 0 {
		if _, err := processCPU(pid); err != nil {
			return nil, fmt.Errorf("--server-pid: %w", err)
		}
		if _, err := residentBytes(pid); err != nil {
			return nil, fmt.Errorf("--server-pid: %w", err)
		}
	}
	m.start()
	return m, nil
}

// read reads everything. A server that has ended reads as 0.
func (m *meter) read() reading {
	r := reading{workers: make([]int64, len(m.stage.workers))}
	m.stage.each(func(w *worker) { r.workers[w.index] = threadCPU() })
	r.at = clock()
	r.self, _ = processCPU(os.Getpid())
	r.idle, r.whole = machineCPU()
	if pid := m.stage.o.ServerPID; pid != 0 {
		r.server, _ = processCPU(pid)
		r.memory, _ = residentBytes(pid)
		m.peak = max(m.peak, r.memory)
	}
	return r
}

// start makes the measurement begin now.
func (m *meter) start() {
	m.peak = 0
	m.first = m.read()
	m.last = m.first
}

// since is what was used from one reading to another.
func (m *meter) since(from, to reading) Usage {
	span := float64(max(to.at-from.at, 1))
	u := Usage{Self: float64(to.self-from.self) / span, Idle: 1}
	for i := range to.workers {
		u.Workers = append(u.Workers, float64(to.workers[i]-from.workers[i])/span)
	}
	if whole := to.whole - from.whole; whole > 0 {
		u.Idle = float64(to.idle-from.idle) / float64(whole)
	}
	if pid := m.stage.o.ServerPID; pid != 0 {
		u.Server = &Server{
			PID: pid, CPU: to.server - from.server, Cores: float64(to.server-from.server) / span,
			MemoryFirst: from.memory, MemoryLast: to.memory, MemoryPeak: m.peak,
		}
	}
	return u
}

// stop returns what was used since start.
func (m *meter) stop() Usage { return m.since(m.first, m.read()) }

// step returns what was used since the last step.
func (m *meter) step() Usage {
	from := m.last
	m.last = m.read()
	return m.since(from, m.last)
}
