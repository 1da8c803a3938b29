package hub

import (
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// Described is a Subscriber that tells about itself, on its lane.
type Described interface {
	// Describe fills in d for a copy of m, whose MQTT name is topic. Nothing is sent
	// or counted. m and topic die with the call.
	Describe(m *message.Message, topic []byte, c *Copy, d *Description)
}

// Description is what a subscriber tells about itself.
type Description struct {
	Client    string // MQTT: client identifier; NATS: name and number of the connection
	Protocol  string // mqtt or nats
	Version   string // of MQTT
	Filter    string // as the client spells it, a share with its group
	Group     string // queue group of NATS
	Sid       string // of NATS
	Connected bool
	// NoEcho: what the client publishes does not come back to it.
	NoEcho bool
	// Waiting and WaitingBytes are what is queued or unacknowledged.
	Waiting, WaitingBytes int
	// Why is why the copy would not reach the client; None: it would.
	Why reason.ID
}

// Describe asks the subscriber behind a Ref of this lane about a copy. Not ok: it has
// left meanwhile.
func (l *Lane) Describe(ref trie.Ref, m *message.Message, topic []byte, c *Copy) (d Description, ok bool) {
	s, ok := l.subscriber(&ref).(Described)
	if !ok {
		return d, false
	}
	s.Describe(m, topic, c, &d)
	return d, true
}

// RoomFor tells whether there is room for a message of this cost in a quota of this
// lane, and why not.
func (l *Lane) RoomFor(q *Quota, cost int) reason.ID { return l.hub.roomFor(q, 0, cost) }
