package engine

import (
	"log/slog"
	"math"

	"golang.org/x/sys/unix"
)

// descriptorReserve is how many descriptors are kept for everything but
// connections: lanes, listeners, logs, and those that are entering, which need
// two for a moment.
const descriptorReserve = 128

// descriptorRoom raises the limit of descriptors to its hard limit and returns
// how many connections fit.
func descriptorRoom(log *slog.Logger) int {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		log.Warn("the limit of file descriptors is unknown", "error", err)
		return math.MaxInt32
	}
	if lim.Cur < lim.Max {
		raised := lim
		raised.Cur = lim.Max
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &raised); err != nil {
			log.Warn("the limit of file descriptors could not be raised", "limit", lim.Cur, "hard", lim.Max, "error", err)
		} else {
			lim = raised
		}
	}
	room := min(lim.Cur, math.MaxInt32)
	return max(int(room)-descriptorReserve, int(room)/2)
}
