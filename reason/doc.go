// Package reason is the one table of everything that can end a connection,
// refuse an operation or drop a message. Log lines, counters, the wire and the
// documentation (docs/reasons.md is generated from it) all take their words
// from here, so that what a user reads in one place can be looked up in every
// other.
//
// The package imports nothing of ours.
package reason
