package hub

import "github.com/isthmus-mq/isthmus/message"

// Announce publishes what the server itself has to say. It does not count as
// received from anybody; its copies count as all others do. Never from within
// Subscriber.Deliver: m reaches the subscribers of this lane in the call.
func (l *Lane) Announce(m *message.Message) {
	var nobody Publisher
	var unasked Outcome
	add(&l.indexed.announced, 1)
	l.publish(&nobody, l.route(m.Subject), m, 0, &unasked)
}
