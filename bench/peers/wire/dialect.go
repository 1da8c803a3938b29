package wire

import "fmt"

// Kind is what a frame from a server means to a load generator.
type Kind uint8

const (
	Incomplete Kind = iota // not all of the frame is there
	Message                // a delivery
	Answer                 // an answer that Hello or Subscribe announced
	Receipt                // of a publication: PUBACK
	Ping                   // to be answered with Pong
	Notice                 // nothing to do
)

// Dialect is one protocol in the eyes of a load generator.
type Dialect interface {
	// Hello renders the opening of a connection, with one subscription unless
	// filter is empty, and the number of Answers that the server gives to it.
	Hello(id, filter string) (opening []byte, answers int)
	// Subscribe appends one more subscription, the numberth of the connection,
	// counted from 1, and returns the number of Answers that the server gives to
	// it.
	Subscribe(dst []byte, number int, filter string) ([]byte, int)
	// Publish appends one publication. MQTT with QoS 1 takes the packet
	// identifier id, which must not be 0 then; nothing else looks at it.
	Publish(dst []byte, subject string, id uint16, payload []byte) []byte
	// Next measures the frame at the start of in. The size is 0 exactly when
	// the frame is Incomplete. A refusal by the server is an error.
	Next(in []byte) (Kind, int, error)
	// Trailer is the number of bytes that follow the payload in a Message.
	Trailer() int
	// Pong is the answer to a Ping.
	Pong() []byte
}

// Lookup returns the dialect called "nats", "mqtt" or "raw", which publishes, and in
// MQTT subscribes, with the given QoS: 0 or 1.
func Lookup(name string, qos byte) (Dialect, error) {
	switch name {
	case "nats":
		return NATS{QoS: qos}, nil
	case "mqtt":
		return MQTT{QoS: qos}, nil
	case "raw":
		return Raw{}, nil
	}
	return nil, fmt.Errorf("unknown protocol %q", name)
}
