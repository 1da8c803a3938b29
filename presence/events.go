package presence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
)

// Mode is how much is published.
type Mode uint8

const (
	// Off: nothing, at no cost.
	Off Mode = iota
	// Sessions: connected, disconnected, taken over, session ended.
	Sessions
	// Subscriptions: these, subscribed and unsubscribed.
	Subscriptions
)

// ParseMode reads off, sessions or subscriptions; nothing is off.
func ParseMode(text string) (Mode, error) {
	switch text {
	case "", "off":
		return Off, nil
	case "sessions":
		return Sessions, nil
	case "subscriptions":
		return Subscriptions, nil
	}
	return Off, fmt.Errorf("presence: %q is none of off, sessions, subscriptions", text)
}

// Events publishes events with QoS 1 for MQTT subscribers. All lanes share it.
type Events struct {
	mode       Mode
	now        func() time.Time
	generation atomic.Uint64
}

// New returns what publishes the events of a mode other than Off. now is asked
// once at first, and once for each event.
//
// Generations begin with the time in microseconds, so that those of a process
// are larger than those of the one before it: no server accepts a million
// clients a second for long.
func New(mode Mode, now func() time.Time) *Events {
	e := &Events{mode: mode, now: now}
	e.generation.Store(uint64(now().UnixMicro()))
	return e
}

// Subscriptions is hub.Presence's.
func (e *Events) Subscriptions() bool { return e.mode == Subscriptions }

// names are the last level of each event's topic.
var names = [...]string{
	hub.Connected:    "connected",
	hub.Disconnected: "disconnected",
	hub.TakenOver:    "taken_over",
	hub.SessionEnded: "session_ended",
	hub.Subscribed:   "subscribed",
	hub.Unsubscribed: "unsubscribed",
}

// document is the payload. Its fields are an interface to users: they may only
// be added to.
type document struct {
	Event      string `json:"event"`
	ClientID   string `json:"client_id"`
	Generation uint64 `json:"generation"`
	Time       int64  `json:"time"` // milliseconds since 1970
	Protocol   string `json:"protocol"`
	Version    string `json:"version"`
	User       string `json:"username"`
	Peer       string `json:"peer"`

	CleanStart *bool   `json:"clean_start,omitempty"`
	Expiry     *uint32 `json:"session_expiry,omitempty"`
	Reason     string  `json:"reason,omitempty"`
	Filter     string  `json:"filter,omitempty"`
	Group      string  `json:"queue,omitempty"`
	QoS        *uint8  `json:"qos,omitempty"`
}

func (d *document) json() []byte {
	var b bytes.Buffer
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false) // or filters with '>' could not be read
	if err := to.Encode(d); err != nil {
		panic("presence: " + err.Error()) // texts, numbers and switches always can
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Happened is hub.Presence's.
func (e *Events) Happened(l *hub.Lane, what *hub.ClientEvent) {
	c := what.Client
	if what.Kind == hub.Connected {
		c.Generation = e.generation.Add(1)
	}
	name := names[what.Kind]
	doc := document{
		Event:      name,
		ClientID:   c.ID,
		Generation: c.Generation,
		Time:       e.now().UnixMilli(),
		Protocol:   c.Protocol,
		Version:    c.Version,
		User:       c.User,
		Peer:       c.Peer,
		Filter:     what.Filter,
		Group:      what.Group,
	}
	switch what.Kind {
	case hub.Connected:
		doc.CleanStart, doc.Expiry = &c.CleanStart, &c.Expiry
	case hub.Disconnected:
		doc.Reason = what.Reason.String()
	case hub.Subscribed:
		doc.QoS = &what.QoS
	}
	m := message.Message{
		Subject: appendSubject(nil, c.ID, name),
		Payload: doc.json(),
		Origin:  message.FromMQTT,
		QoS:     1,
	}
	l.Announce(&m)
}
