package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"

	"go.uber.org/automaxprocs/maxprocs"
)

// What a CPU quota of the control group means for the number of lanes.
const (
	quotaFloor   = "floor"   // rounded down, and at least one
	quotaRuntime = "runtime" // Go's own rule: rounded up, and at least two
	quotaIgnore  = "ignore"  // nothing: only which CPUs the process may use counts
)

// usableCPUs is the number of lanes when none is given. GOMAXPROCS in the
// environment is the answer whatever the mode. It has to be asked before the
// process sets GOMAXPROCS, and may set it by roundDown. If the quota cannot be
// read so, what the runtime makes of it counts: a server starts in any container.
func usableCPUs(mode string, roundDown func() error, log *slog.Logger) (int, error) {
	_, given := os.LookupEnv("GOMAXPROCS")
	switch mode {
	case quotaRuntime:
	case quotaFloor:
		if err := roundDown(); err != nil {
			log.Warn("the CPU quota is rounded as Go does it", "error", err)
		}
	case quotaIgnore:
		if !given {
			return runtime.NumCPU(), nil
		}
	default:
		return 0, fmt.Errorf("--cpu-quota: %q is none of %s, %s, %s", mode, quotaFloor, quotaRuntime, quotaIgnore)
	}
	return runtime.GOMAXPROCS(0), nil
}

// roundQuotaDown sets GOMAXPROCS, unless it is given, to a quota if there is one.
func roundQuotaDown() error {
	_, err := maxprocs.Set()
	return err
}
