package hub

import (
	"context"
	"time"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/trie"
)

// ExplainRetained tells what is retained under a subject. It may remove a message
// that has expired, as every reader does.
func (h *Hub) ExplainRetained(ctx context.Context, onLane OnLane, lane int, subject []byte, to *explain.Retained) error {
	if to.Off = h.noRetained; to.Off {
		return nil
	}
	return turn(ctx, onLane, lane, func(l *Lane) {
		var m RetainedMessage
		if !h.retained.Get(l, subject, &m) {
			return
		}
		to.There, to.Size, to.QoS, to.Protocol = true, len(m.Payload), m.QoS, protocolOf(&m.Message)
		if m.Deadline != 0 {
			to.ExpiresIn = int64((m.Deadline - l.Now() + time.Second - 1) / time.Second)
		}
	})
}

func protocolOf(m *message.Message) string {
	if m.Origin == message.FromMQTT {
		return "mqtt"
	}
	return "nats"
}

const (
	// countedAtOnce is the number of retained messages that are looked at in one
	// turn of a lane, countedMost in all.
	countedAtOnce = 256
	countedMost   = 100_000
)

// CountRetained counts the retained messages that a filter would replay, up to a
// bound; more tells that there are more.
func (h *Hub) CountRetained(ctx context.Context, onLane OnLane, lane int, f trie.Filter, opens uint32) (n int, more bool, err error) {
	var scan RetainedScan
	for done := h.noRetained; !done; {
		err := turn(ctx, onLane, lane, func(l *Lane) {
			if scan == nil {
				scan = h.retained.Scan(l, f, opens)
			}
			_, done = scan.Find(l, countedAtOnce)
			for m := new(RetainedMessage); scan.Read(l, m); {
				n++
			}
		})
		if err != nil {
			return 0, false, err
		}
		if !done && n >= countedMost {
			return n, true, nil
		}
	}
	return n, false, nil
}
