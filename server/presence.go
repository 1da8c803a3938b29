package server

import (
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/presence"
)

// newPresence returns nil for the mode off.
func newPresence(mode string) (hub.Presence, error) {
	m, err := presence.ParseMode(mode)
	if err != nil || m == presence.Off {
		return nil, err
	}
	return presence.New(m, time.Now), nil
}
