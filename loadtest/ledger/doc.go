// Package ledger numbers messages and keeps account of the numbers that came:
// a message that is lost, came twice, or came too late is known by its number
// and is not inferred from a sum.
//
// A Stamp stands in the first Size bytes of every payload. A Ledger belongs to
// one receiver and one sender whose messages must come in order. The package
// imports nothing of ours, and its values are owned by one goroutine.
package ledger
