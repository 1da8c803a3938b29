//go:build slow

package e2e

// sameRandom and sameCrowds are how many random conversations are held, of one
// client and of several.
const (
	sameRandom = 5000
	sameCrowds = 1000
)
