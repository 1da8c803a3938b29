package session

import (
	"time"

	"github.com/isthmus-mq/isthmus/hub"
)

// Facts is what is to be told of a connection to people who watch. Strings and
// addresses never change, so Facts may leave the lane.
type Facts struct {
	Peer
	Protocol string        // nats or mqtt
	Since    time.Duration // on the clock of Conn.Now: when the session began
	Heard    time.Duration // when input last came
	RTT      time.Duration // of the last PING that was answered; 0: none was
	Pending  int           // bytes of output that wait
	Sender   hub.Sender    // what the hub knows it by when it publishes

	Name     string // as the client calls itself; MQTT: the client identifier
	User     string // as it says it is called
	Language string // NATS: of the client library
	Version  string // NATS: of the client library; MQTT: of the protocol

	In, Out       hub.Tally // published by it, delivered to it
	Subscriptions int
	List          []Subscribed // of them, when asked for
}

// Subscribed is one subscription as its session tells of it.
type Subscribed struct {
	hub.Subscription
	Key       string // the client's name for it: sid, or topic filter
	Delivered uint64 // messages
	Max       uint64 // UNSUB's; 0: none
}

// Describer is a Session that can tell of itself.
type Describer interface {
	// Describe fills in what the session knows; what it does not stays as it is.
	// With list, the subscriptions are appended to List.
	Describe(to *Facts, list bool)
}

// Moment is a time on the clock of Conn.Now in tenths of a second, for what is
// kept of every connection. It lasts for 13 years.
type Moment uint32

const momentUnit = 100 * time.Millisecond

// MomentOf rounds down.
func MomentOf(at time.Duration) Moment { return Moment(at / momentUnit) }

// Time is the beginning of the moment.
func (m Moment) Time() time.Duration { return time.Duration(m) * momentUnit }
