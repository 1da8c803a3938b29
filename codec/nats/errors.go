package nats

import "errors"

// What Next can fail with. The first three have an -ERR text in NATS, after the
// others nats-server closes the connection without a word.
var (
	// ErrUnknownOperation is the parser error: no known verb, a verb of the
	// other direction, a missing blank after it, or a payload not followed by
	// CR LF. "Unknown Protocol Operation".
	ErrUnknownOperation = errors.New("nats: unknown protocol operation")
	// ErrControlLine: more argument bytes than Limits.ControlLine.
	// "maximum control line exceeded".
	ErrControlLine = errors.New("nats: maximum control line exceeded")
	// ErrMaxPayload: announced size (header block included) above
	// Limits.Payload. "Maximum Payload Violation".
	ErrMaxPayload = errors.New("nats: maximum payload exceeded")

	// ErrMalformed: wrong number of arguments, a bad number, or a header block
	// longer than the message.
	ErrMalformed = errors.New("nats: malformed arguments")
	// ErrHeaders: HPUB where TakeHeaders has said that there is to be none.
	ErrHeaders = errors.New("nats: headers were not agreed on")
	// ErrClientErr: the client sent -ERR.
	ErrClientErr = errors.New("nats: client sent -ERR")
	// ErrReleased: Next was called after Release.
	ErrReleased = errors.New("nats: parser was released")

	// ErrConnectJSON: the argument of CONNECT is not a JSON object or one of
	// its known members has the wrong type.
	ErrConnectJSON = errors.New("nats: bad CONNECT options")
	// ErrInfoJSON is the same for INFO.
	ErrInfoJSON = errors.New("nats: bad INFO document")
)
