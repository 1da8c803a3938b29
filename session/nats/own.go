package nats

import (
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/translate"
)

// own is what sessions have only where something is switched on, so that the
// others need no memory for it.
type own struct {
	mount  *translate.Mountpoint // where mountpoints vary; nil: it is not known before CONNECT
	client *hub.Client           // nil: nobody is told of it, or was told that it has left
	replay *replay               // retained messages that are still to be sent; nil: none
}

// owned returns what the session owns, to be written to.
func (s *Session) owned() *own {
	if s.own == nil {
		s.own = new(own)
	}
	return s.own
}

// client is who is told of; nil: nobody.
func (s *Session) client() *hub.Client {
	if s.own == nil {
		return nil
	}
	return s.own.client
}
