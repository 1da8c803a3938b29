// Package nats reads and writes the NATS client protocol. It is a pure codec:
// bytes in, frames out; frames in, bytes out. It owns no socket, clock or
// goroutine, and it imports nothing of ours and nothing beyond the standard
// library.
//
// "spec §n" in comments is section n of docs/nats-protocol.md.
//
// # Grammar
//
// A stream is a sequence of operations without regard to packet borders. sp is
// one or more blanks or TABs, eol is LF or CR LF, crlf is exactly CR LF.
//
//	client to server
//	  CONNECT [sp] json eol
//	  PUB  sp subject [sp reply] sp size eol payload crlf
//	  HPUB sp subject [sp reply] sp hdrlen sp total eol block payload crlf
//	  SUB  sp subject [sp queue] sp sid eol
//	  UNSUB sp sid [sp max] eol
//	  PING … eol    PONG … eol    +OK … eol    (… is ignored)
//	  INFO [sp] json eol               (tolerated)
//	  -ERR sp text eol                 (ErrClientErr)
//
//	server to client
//	  INFO [sp] json eol
//	  MSG  sp subject sp sid [sp reply] sp size eol payload crlf
//	  HMSG sp subject sp sid [sp reply] sp hdrlen sp total eol block payload crlf
//	  PING … eol    PONG … eol    +OK … eol    -ERR sp 'text' eol
//
//	block = "NATS/1.0" [sp status [sp text]] crlf { key ":" [sp] value crlf } crlf
//
// Verbs are matched without regard to case, everything else is byte exact.
// Arguments may be surrounded by any number of blanks and TABs. A CR inside the
// arguments separates them in SUB and UNSUB; elsewhere it is malformed, because
// clients split MSG lines at it, and one publisher must not be able to break
// another client's stream. Numbers are 1 to 9 decimal digits. The payload is
// exactly size (or total) bytes.
//
// # Memory
//
// A Parser never copies a frame that lies wholly in its input; frames alias the
// input. The part of a split frame is kept in scratch that is borrowed from a
// pool for as long as the frame is in the making, so an idle Parser holds none.
// Encoders append to a slice of the caller and keep nothing.
package nats
