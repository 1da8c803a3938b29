// Package server puts the house together: hub, engine, protocols and
// listeners. It is what cmd/isthmus, end-to-end tests and benchmarks start.
//
// It contains no mechanism of its own, only who is given what.
package server
