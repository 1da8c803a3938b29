package engine

import (
	"log/slog"
	"math"

	"golang.org/x/sys/unix"
)

const (
	// descriptorsAside are kept for listeners, logs and what else the process
	// has.
	descriptorsAside = 64
	// descriptorsPerLane: an epoll set, its wake, and the socket pair.
	descriptorsPerLane = 4
	// enteringMost is how many connections enter a lane at once: each has two
	// descriptors meanwhile. Others wait for them.
	enteringMost = 32
)

// descriptorRoom raises the limit of descriptors to its hard limit and returns
// how many connections fit, and how many of them may enter each lane at once.
// Half of the descriptors, at least, are for connections.
func descriptorRoom(lanes int, log *slog.Logger) (room, entering int) {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		log.Warn("the limit of file descriptors is unknown", "error", err)
		return math.MaxInt32, enteringMost
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
	limit := int(min(lim.Cur, math.MaxInt32))
	aside := descriptorsAside + lanes*descriptorsPerLane
	room = max(limit-aside-lanes*enteringMost, limit/2)
	return room, min(max((limit-aside-room)/lanes, 1), enteringMost)
}
