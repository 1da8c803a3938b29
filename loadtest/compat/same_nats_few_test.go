//go:build !slow

package e2e

// sameRandom and sameCrowds are how many random conversations are held, of one
// client and of several.
const (
	sameRandom = 500
	sameCrowds = 100
)

// sameSeed is the first one's: always the same here, so that what is found late is
// found by those who look for it.
func sameSeed() uint64 { return 1 }
