package nats

import (
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/translate"
)

// own is what sessions have only where something is switched on, so that the
// others need no memory for it.
type own struct {
	mount    *translate.Mountpoint // where mountpoints vary; nil: it is not known before CONNECT
	throttle *session.Throttle     // nil: it may send as fast as it can
	replay   *replay               // retained messages that are still to be sent; nil: none
}

// owned returns what the session owns, to be written to.
func (s *Session) owned() *own {
	if s.own == nil {
		s.own = new(own)
	}
	return s.own
}

// throttle is what keeps the client to its rates; nil: nothing.
func (s *Session) throttle() *session.Throttle {
	if s.own == nil {
		return nil
	}
	return s.own.throttle
}
