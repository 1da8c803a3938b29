package main

import (
	"fmt"
	"os"
	"runtime"

	"go.uber.org/automaxprocs/maxprocs"
)

// What a CPU quota of the control group means for the number of lanes.
const (
	quotaRuntime = "runtime" // Go's own rule: rounded up, and at least two
	quotaFloor   = "floor"   // rounded down, and at least one
	quotaIgnore  = "ignore"  // nothing: only which CPUs the process may use counts
)

// usableCPUs is the number of lanes when none is given. GOMAXPROCS in the
// environment is the answer whatever the mode. It has to be asked before the
// process sets GOMAXPROCS, and may set it.
func usableCPUs(mode string) (int, error) {
	_, given := os.LookupEnv("GOMAXPROCS")
	switch mode {
	case quotaRuntime:
	case quotaFloor:
		if _, err := maxprocs.Set(); err != nil {
			return 0, fmt.Errorf("--cpu-quota: %w", err)
		}
	case quotaIgnore:
		if !given {
			return runtime.NumCPU(), nil
		}
	default:
		return 0, fmt.Errorf("--cpu-quota: %q is none of %s, %s, %s", mode, quotaRuntime, quotaFloor, quotaIgnore)
	}
	return runtime.GOMAXPROCS(0), nil
}
