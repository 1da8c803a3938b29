package client

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// Protocol is what a connection speaks.
type Protocol uint8

// The protocols.
const (
	NATS Protocol = iota
	MQTT
)

func (p Protocol) String() string {
	switch p {
	case NATS:
		return "nats"
	case MQTT:
		return "mqtt"
	}
	return fmt.Sprintf("protocol %d", uint8(p))
}

// Options are those of one kind of connection. They are shared by all of them
// and must not change while one is open.
type Options struct {
	Protocol Protocol
	To       netip.AddrPort
	Sources  []netip.Addr  // local addresses, which take turns; empty: the kernel's choice
	Patience time.Duration // how long the server may take to open a connection

	User, Password, Token string // Token is NATS's; empty: not sent

	Version      mqtt.Version
	KeepAlive    time.Duration // of MQTT, announced in whole seconds; the Loop sends PINGREQ in time. 0: none
	ReceiveMax   uint16        // announced by MQTT 5; 0: not announced
	Verbose      bool          // of NATS: every message is answered +OK
	NoResponders bool          // of NATS: ask to be told when nobody hears a request

	ReadBuffer int // bytes of the kernel's receive buffer; 0: its default
}

// Handler is told what happens to a Client. Deaf is one to embed.
type Handler interface {
	// Opened: the server has accepted the connection.
	Opened(*Client)
	// Message is a delivery. One with QoS 1 is acknowledged when Message returns.
	Message(*Client, *Message)
	// Acked: the server has acknowledged the message with this packet identifier,
	// or, by +OK and with id 0, the oldest unacknowledged one.
	Acked(c *Client, id uint16, code mqtt.ReasonCode)
	// Granted answers Subscribe and Unsubscribe. MQTT tells the QoS, or a refusal.
	Granted(c *Client, id uint16, code mqtt.ReasonCode)
	// Ponged answers Ping: the server has read all that was sent before.
	Ponged(*Client)
	// Drained: everything that one read has brought has been handed over.
	Drained(*Client)
	// Closed is the last call. It comes for a connection that could not be opened
	// too, but not after Client.Close.
	Closed(*Client, error)
}

// Message is a delivery.
type Message struct {
	Topic       []byte
	Reply       []byte // reply subject, or Response Topic
	Correlation []byte // Correlation Data
	Payload     []byte
	Status      int // of NATS: 503 if nobody heard a request; else 0
	QoS         byte
	Dup         bool
}

// Deaf is a Handler that does nothing.
type Deaf struct{}

func (Deaf) Opened(*Client)                           {}
func (Deaf) Message(*Client, *Message)                {}
func (Deaf) Acked(*Client, uint16, mqtt.ReasonCode)   {}
func (Deaf) Granted(*Client, uint16, mqtt.ReasonCode) {}
func (Deaf) Ponged(*Client)                           {}
func (Deaf) Drained(*Client)                          {}
func (Deaf) Closed(*Client, error)                    {}
