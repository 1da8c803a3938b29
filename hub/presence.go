package hub

import "github.com/isthmus-mq/isthmus/reason"

// Presence is told what becomes of clients. It is called on the lane of the
// client, which is always the same for one MQTT client identifier, in the order
// in which things happen, and never within Subscriber.Deliver.
type Presence interface {
	Happened(l *Lane, e *ClientEvent)
	// Subscriptions tells whether it wants to hear of subscriptions, too.
	Subscriptions() bool
}

// Client is who a connection belongs to. It is made when the client is accepted
// and only where there is a Presence.
type Client struct {
	ID       string // MQTT: the client identifier
	Protocol string // mqtt or nats
	Version  string // of the protocol for MQTT, of the client for NATS
	User     string // as the client says it is called
	Peer     string // address
	// CleanStart and Expiry, in seconds, are those in force when the client
	// was accepted. NATS clients always start clean.
	CleanStart bool
	Expiry     uint32
	// Generation is set by Presence with Connected: among the connections with
	// one ID, a later one has a larger number.
	Generation uint64
}

// ClientEventKind tells what has happened.
type ClientEventKind uint8

// For each connection: Connected, then anything of Subscribed and Unsubscribed,
// then TakenOver if it ends for that, then Disconnected, once. The session, of
// which one may see many connections, ends once, while there is no connection.
const (
	Connected ClientEventKind = iota
	Disconnected
	TakenOver // by another connection, whose Connected follows
	SessionEnded
	Subscribed
	Unsubscribed
)

// ClientEvent is one thing that has happened. Strings may be kept, the rest dies
// with the call.
type ClientEvent struct {
	Kind   ClientEventKind
	Client *Client   // SessionEnded: as it was connected last
	Reason reason.ID // Disconnected: why

	// Subscribed and Unsubscribed: as the client spells it. QoS and Group are
	// those of Subscribed.
	Filter string
	Group  string // NATS queue group; that of an MQTT share stands in Filter
	QoS    uint8
}

// Watched tells whether there is anybody to be told of clients.
func (l *Lane) Watched() bool { return l.hub.presence != nil }

// SubscriptionsWatched tells whether of their subscriptions, too.
func (l *Lane) SubscriptionsWatched() bool {
	return l.hub.presence != nil && l.hub.presence.Subscriptions()
}

// Happened tells what has happened. Nothing is done for a client of nil, which
// is that of a session that began before anybody was told of it. Never from
// within Subscriber.Deliver; see HappenedMeanwhile.
func (l *Lane) Happened(e ClientEvent) {
	l.tellDelayed()
	if e.Client != nil {
		l.hub.presence.Happened(l, &e)
	}
}

// HappenedMeanwhile is Happened for what happens within a delivery: it is told
// in a turn to come, or before the next thing that happens on this lane.
func (l *Lane) HappenedMeanwhile(e ClientEvent) {
	if e.Client == nil {
		return
	}
	d := &l.delayed
	d.lane = l
	d.events = append(d.events, e)
	if len(d.events) == 1 {
		l.Arm(&d.timer, d, 0)
	}
}

// delayedEvents are those of deliveries.
type delayedEvents struct {
	lane   *Lane
	timer  Timer
	events []ClientEvent
}

// Timer tells them.
func (d *delayedEvents) Timer() { d.lane.tellDelayed() }

func (l *Lane) tellDelayed() {
	d := &l.delayed
	if len(d.events) == 0 {
		return
	}
	events := d.events
	d.events = nil // telling them may deliver, and so add to them
	l.Disarm(&d.timer)
	for i := range events {
		l.hub.presence.Happened(l, &events[i])
	}
}
