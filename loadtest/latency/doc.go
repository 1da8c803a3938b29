// Package latency holds what a load tool needs to measure time honestly: a
// schedule that says when each message is to be sent whatever the server does,
// and histograms that lose no outliers.
//
// Coordinated omission is the fault of a tool that waits for a slow answer
// before it sends again: it then takes few samples exactly when the server is
// slow. Here a latency counts from the time at which the Schedule wanted the
// message to be sent, so a message that had to wait for the one before it
// counts with its waiting. That needs no correction afterwards.
//
// It imports nothing of ours. A Recorder is owned by one goroutine; what it
// hands out by Cut belongs to whoever gets it.
package latency
