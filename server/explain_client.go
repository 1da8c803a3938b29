package server

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/session/mqtt"
	"github.com/isthmus-mq/isthmus/session/nats"
)

// find looks for the publisher that the question names: first an MQTT session,
// then a NATS connection, by its number or as presence events name it.
func (a *answering) find(name string) error {
	s, found := a.s, false
	home := int(mqtt.HomeOf(name) % uint64(s.hub.Lanes()))
	var who explain.Client
	err := a.on(home, func(*hub.Lane) {
		a.from, found = s.mqttProtocol.lanes[home].Client(name, &who)
	})
	if err != nil {
		return err
	}
	if cid, err := strconv.ParseUint(name[strings.LastIndexByte(name, '-')+1:], 10, 64); err == nil && !found {
		for lane := 0; lane < s.hub.Lanes() && !found; lane++ {
			if found, err = a.findNATS(lane, cid, &who); err != nil {
				return err
			}
		}
	}
	if !found {
		return fmt.Errorf("there is no publisher %q: neither an MQTT session with that client identifier nor a NATS connection with that number (cid)", name)
	}
	a.who, a.lane = &who, who.Lane
	return nil
}

func (a *answering) findNATS(lane int, cid uint64, who *explain.Client) (found bool, err error) {
	err = a.on(lane, func(*hub.Lane) {
		a.s.engine.EachSession(lane, func(s session.Session) bool {
			if n, ok := s.(*nats.Session); ok && n.ID() == cid {
				a.from = n.Client(who)
				found = true
			}
			return !found
		})
	})
	return found, err
}

// on waits until f has run in a turn of a lane.
func (a *answering) on(lane int, f func(*hub.Lane)) error {
	done := make(chan struct{})
	a.s.engine.OnLane(lane, func(l *hub.Lane) {
		f(l)
		close(done)
	})
	select {
	case <-done:
		return nil
	case <-a.ctx.Done():
		return errBusy
	}
}

var errBusy = fmt.Errorf("the server was too busy to answer in time: ask again")
