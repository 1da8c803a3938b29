package nats

// Op names an operation of the protocol.
type Op uint8

const (
	// OpNone means that the input ended before the frame did.
	OpNone Op = iota
	OpConnect
	OpPub
	OpHPub
	OpSub
	OpUnsub
	OpPing
	OpPong
	OpOK
	OpErr
	OpInfo
	OpMsg
	OpHMsg
)

var opNames = [...]string{
	OpNone:    "none",
	OpConnect: "CONNECT",
	OpPub:     "PUB",
	OpHPub:    "HPUB",
	OpSub:     "SUB",
	OpUnsub:   "UNSUB",
	OpPing:    "PING",
	OpPong:    "PONG",
	OpOK:      "+OK",
	OpErr:     "-ERR",
	OpInfo:    "INFO",
	OpMsg:     "MSG",
	OpHMsg:    "HMSG",
}

// String returns the verb as it stands on the wire.
func (o Op) String() string {
	if int(o) < len(opNames) {
		return opNames[o]
	}
	return "unknown"
}

// Frame is one parsed operation. All slices alias the input of Next or the
// parser's scratch: they are read only and die at the next call of a Parser
// method or when the input is overwritten, whichever comes first.
//
// A Frame is made to be reused. Next sets the fields of the operation it found
// (an absent argument becomes nil) and leaves the others as they were:
//
//	OpPub, OpHPub   Same Subject Reply Headers Payload
//	OpMsg, OpHMsg   Same Subject SID Reply Headers Payload
//	OpSub           Subject Queue SID
//	OpUnsub         SID Max
//	OpConnect, OpInfo, OpErr   Args
//	OpPing, OpPong, OpOK, OpNone   none
type Frame struct {
	Op Op
	// Same reports that the control line is byte for byte that of the last frame
	// of this parser that carried a payload: verb, Subject, Reply, SID and sizes
	// are equal, so what was derived from them can be used again. False does not
	// mean that they differ.
	Same bool
	// Max is the limit of UNSUB; 0 = none, which includes numbers that
	// nats-server takes for none: negative, too long, or not a number.
	Max int

	Subject, Reply, Queue, SID []byte

	// Headers is the header block of HPUB and HMSG with its final empty line,
	// unchecked; empty when hdrlen was 0, nil for PUB and MSG.
	Headers []byte
	// Payload is the message without the header block.
	Payload []byte
	// Args is the JSON of CONNECT or INFO (unchecked), or the text of -ERR
	// without its quotes.
	Args []byte
}

// Limits bound what a parser accepts. One value may be shared by any number of
// parsers; it must not change while they use it.
type Limits struct {
	// ControlLine bounds the bytes between the blanks after the verb and the
	// end of the line.
	ControlLine int
	// Payload bounds a message in bytes, header block included.
	Payload int
}

// Defaults of nats-server (spec §2).
const (
	DefaultControlLine = 4096
	DefaultPayload     = 1 << 20
)

var defaultLimits = Limits{ControlLine: DefaultControlLine, Payload: DefaultPayload}

// Role tells whose operations a parser reads.
type Role uint8

const (
	// FromClient: what a server reads.
	FromClient Role = iota
	// FromServer: what a client reads.
	FromServer
)
