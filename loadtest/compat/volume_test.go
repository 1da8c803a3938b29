//go:build !slow

package e2e

// messages is how many each direction of TestOrderAndCounts carries.
const messages = 100_000
