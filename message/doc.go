// Package message holds the value that travels through the house: one
// published message, in the form in which it was received.
//
// A Message is a bundle of slices that alias somebody else's memory (the read
// buffer of a lane, or the buffer of a mail between lanes). It is valid for
// the duration of one call and no longer. Whoever wants it for longer calls
// Keep, the only function of the product that copies a message.
//
// The package imports nothing of ours and knows neither protocol: headers and
// properties are raw bytes here, and package translate converts between them.
package message
