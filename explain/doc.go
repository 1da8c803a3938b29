// Package explain holds the question that `isthmus explain` asks a running server,
// the document that answers it, and the text that people read instead of it.
//
// Imports: nothing.
package explain
