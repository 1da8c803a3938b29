package hub_test

import (
	"testing"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// What crosses is converted once for all receivers of a lane, and what cannot
// cross is counted once; the next message is converted anew.
func TestCrossingOncePerMessageAndLane(t *testing.T) {
	w := newLanes(2, hub.Options{})
	var seen [2][]*byte
	var last string
	for i := range 4 {
		lane := i % 2
		r := &recorder{on: func(m *message.Message) {
			section := w.Lane(lane).Properties(m)
			last = string(section)
			seen[lane] = append(seen[lane], &section[0])
		}}
		what := natsSub(lane, w.owner(lane), "a", "").what
		w.turn(lane, func(l *hub.Lane) { l.Subscribe(r, what) })
	}
	from := &hub.Publisher{Owner: w.owner(0)}
	for i, headers := range []string{"NATS/1.0\r\nK: 1\r\nno colon\r\n\r\n", "NATS/1.0\r\nK: 2\r\nno colon\r\n\r\n"} {
		w.turn(0, func(l *hub.Lane) {
			m := message.Message{Subject: []byte("a"), Headers: []byte(headers)}
			l.Publish(from, &m, 0)
		})
		w.settle()
		if want := "\x26\x00\x01K\x00\x01" + string(rune('1'+i)); last != want {
			t.Errorf("%q, want %q", last, want)
		}
		if got := w.Count(reason.HeadersLeftOut); got != uint64(2*(i+1)) { // once per lane
			t.Errorf("message %d: counted %d times", i, got)
		}
	}
	for lane := range seen {
		if len(seen[lane]) != 4 || seen[lane][0] != seen[lane][1] || seen[lane][2] != seen[lane][3] {
			t.Errorf("lane %d converted for each receiver", lane)
		}
	}
}

// Nothing to say is nothing: no headers, no properties.
func TestCrossingOfNothing(t *testing.T) {
	l := newLanes(1, hub.Options{}).Lane(0)
	for _, m := range []message.Message{
		{Origin: message.FromNATS},
		{Origin: message.FromNATS, Reply: []byte("a.+")}, // a reply that is no topic
		{Origin: message.FromMQTT},
		{Origin: message.FromMQTT, Properties: []byte("\x0B\x07")}, // a subscription identifier
	} {
		if got := l.Headers(&m); len(got) > 0 {
			t.Errorf("%+v: headers %q", m, got)
		}
		if got := l.Properties(&m); len(got) > 0 && m.Origin == message.FromNATS {
			t.Errorf("%+v: properties % X", m, got)
		}
	}
}
