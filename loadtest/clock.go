package loadtest

import "time"

// began ties the monotonic clock, by which everything is measured, to the wall
// clock, by which the pub and sub of two processes can be compared.
var began = time.Now()

// clock returns ns since 1970 that never go back while the process lives.
func clock() int64 { return began.UnixNano() + int64(time.Since(began)) }
