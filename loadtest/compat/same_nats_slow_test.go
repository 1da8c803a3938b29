//go:build slow

package e2e

import "time"

// sameRandom and sameCrowds are how many random conversations are held, of one
// client and of several.
const (
	sameRandom = 5000
	sameCrowds = 1000
)

// sameSeed is the first one's: others each time.
func sameSeed() uint64 { return uint64(time.Now().UnixNano()) }
