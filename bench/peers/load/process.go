package load

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// processCPU returns the CPU time in ns that a process has used, by all its
// threads in user and kernel mode, from the kernel's clock of that process.
func processCPU(pid int) (int64, error) {
	const sched = 2 // CPUCLOCK_SCHED, see clock_getcpuclockid(3)
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|sched), &ts); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	return ts.Nano(), nil
}

// residentBytes returns the resident memory of a process as the kernel finds
// it by walking the page table: the counters in /proc/pid/status lag behind.
func residentBytes(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if fields := bytes.Fields(lines.Bytes()); len(fields) == 3 && string(fields[0]) == "Rss:" {
			kib, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("process %d tells no resident memory", pid)
}

// meter measures what a server and this process spend from its start on.
type meter struct {
	pid               int
	began             time.Time
	server, generator int64
}

func startMeter(pid int) (meter, error) {
	server, err := processCPU(pid)
	if err != nil {
		return meter{}, err
	}
	generator, err := processCPU(os.Getpid())
	return meter{pid: pid, began: time.Now(), server: server, generator: generator}, err
}

func (m meter) stop(count int64) (Sample, error) {
	seconds := time.Since(m.began).Seconds()
	server, err := processCPU(m.pid)
	if err != nil {
		return Sample{}, err
	}
	generator, err := processCPU(os.Getpid())
	return Sample{
		Count:        count,
		Seconds:      seconds,
		ServerCPU:    server - m.server,
		GeneratorCPU: generator - m.generator,
	}, err
}

// measure warms up, and then measures what play delivers in so many seconds.
func measure(pid int, seconds float64, play func(time.Duration) error, delivered func() int64) (Sample, error) {
	if err := play(warmUp); err != nil {
		return Sample{}, err
	}
	before := delivered()
	m, err := startMeter(pid)
	if err != nil {
		return Sample{}, err
	}
	if err := play(time.Duration(seconds * float64(time.Second))); err != nil {
		return Sample{}, err
	}
	return m.stop(delivered() - before)
}

// spend measures while f does count of something.
func spend(pid int, count int64, f func() error) (Sample, error) {
	m, err := startMeter(pid)
	if err != nil {
		return Sample{}, err
	}
	if err := f(); err != nil {
		return Sample{}, err
	}
	return m.stop(count)
}

// growth is spend with what the server's resident memory grows by, and what it was
// before.
func growth(pid, count int, f func() error) (s Sample, empty int64, err error) {
	if empty, err = residentBytes(pid); err != nil {
		return Sample{}, 0, err
	}
	if s, err = spend(pid, int64(count), f); err != nil {
		return Sample{}, 0, err
	}
	full, err := residentBytes(pid)
	s.GrownBytes = full - empty
	return s, empty, err
}
