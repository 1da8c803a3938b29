package nats

import (
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
)

// Describe is hub.Described's.
func (b *subscription) Describe(_ *message.Message, _ []byte, _ *hub.Copy, d *hub.Description) {
	s := b.session
	d.Client, d.Protocol = idOf("", s.conn.Peer().ID), "nats"
	if c := s.client(); c != nil {
		d.Client = c.ID
	}
	d.Sid, d.Connected, d.NoEcho = b.sid, true, s.pub.NoEcho
	pattern := b.name[:len(b.name)-int(b.queue)]
	if s.lane.mounted {
		rest, ok := s.mount().Strip([]byte(pattern))
		switch {
		case ok:
			pattern = string(rest)
		case b.tail != 0: // everything below the mountpoint
			pattern = ""
		}
	}
	d.Filter, d.Group = pattern, b.name[len(b.name)-int(b.queue):]
	if b.tail != 0 {
		if pattern != "" {
			d.Filter += "."
		}
		d.Filter += ">"
	}
	if s.closing {
		d.Why = reason.ReceiverClosing
	}
}
