//go:build !slow

package e2e

// sameRandom is how many random conversations are held.
const sameRandom = 500
