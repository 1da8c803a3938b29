package main

import (
	"fmt"
	"log/slog"
	"math"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/isthmus-mq/isthmus/server"
)

const (
	// gcPercent is GOGC when neither flag nor environment says anything.
	// Messages leave no garbage, so collecting twice as often as Go does costs
	// nothing in operation and saves a quarter of the memory of idle connections.
	gcPercent = 50
	// limitRatio of the control group's memory is Go's; the rest is for what
	// Go does not count, the kernel's memory of sockets first.
	limitRatio = 0.9
	// leastMemory is what a gateway needs to start and serve a few clients.
	leastMemory = 32 << 20
)

// memoryLimit is the flag --memory-limit: a size, auto, or off.
type memoryLimit struct {
	auto  bool
	bytes size // 0: none
}

func (m *memoryLimit) Set(text string) error {
	switch text {
	case "auto":
		*m = memoryLimit{auto: true}
		return nil
	case "off":
		*m = memoryLimit{}
		return nil
	}
	var b size
	if err := b.Set(text); err != nil {
		return fmt.Errorf("%q is neither auto, off nor a size such as 512MB", text)
	}
	if b < leastMemory {
		return fmt.Errorf("%q is less than %d bytes", text, leastMemory)
	}
	*m = memoryLimit{bytes: b}
	return nil
}

func (m *memoryLimit) Type() string { return "size" }

func (m *memoryLimit) String() string {
	switch {
	case m.auto:
		return "auto"
	case m.bytes == 0:
		return "off"
	}
	return m.bytes.String()
}

// apply tells Go's runtime. group is asked for the memory of the control group
// when the limit is auto; GOMEMLIMIT in the environment wins over auto only.
func (m *memoryLimit) apply(group memlimit.Provider) error {
	switch {
	case m.auto:
		if _, err := memlimit.Set(memlimit.WithProvider(group), memlimit.WithRatio(limitRatio)); err != nil {
			return fmt.Errorf("--memory-limit auto: %w", err)
		}
	case m.bytes == 0:
		debug.SetMemoryLimit(math.MaxInt64)
	default:
		debug.SetMemoryLimit(int64(m.bytes))
	}
	return nil
}

// limitInForce is Go's memory limit in bytes; false: there is none.
func limitInForce() (int64, bool) {
	n := debug.SetMemoryLimit(-1)
	return n, n != math.MaxInt64
}

// warnOfMemory says when the bounds of what is kept for clients are no
// protection: the collector would work without end before they are reached.
func warnOfMemory(o server.Options, log *slog.Logger) {
	limit, ok := limitInForce()
	kept := int64(o.MaxOutput) + int64(o.MaxStored)
	if o.Policy.Retain {
		kept += int64(o.MaxRetainedBytes)
	}
	if ok && kept > limit {
		log.Warn("more may be kept for clients than there is memory: lower --max-output, --max-stored and --max-retained-bytes",
			"memory limit", limit, "may be kept", kept)
	}
}

// collectAt sets how much the heap may grow before the next collection; 0:
// what the environment says, or our default.
func collectAt(percent int) error {
	switch {
	case percent < 0 || percent > 10000:
		return fmt.Errorf("--gc-percent: %d is not between 1 and 10000", percent)
	case percent > 0:
		debug.SetGCPercent(percent)
	case os.Getenv("GOGC") == "":
		debug.SetGCPercent(gcPercent)
	}
	return nil
}
