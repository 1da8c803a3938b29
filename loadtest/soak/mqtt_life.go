package soak

import (
	"fmt"
	"strings"
	"time"
)

// mqttLife is what an MQTT subscriber does with its session.
type mqttLife struct {
	*mqttSession
	mortal bool
	fresh  bool        // it sometimes starts clean although it keeps a session
	churns topicFilter // subscribed and unsubscribed again and again, if not empty
	leaves bool        // a member that leaves its groups by UNSUBSCRIBE too
}

func (l *mqttLife) sets() (sets []string) {
	if l.alone {
		return nil
	}
	for _, f := range l.filters {
		if f.group != "" {
			sets = append(sets, f.group+" share "+f.filter)
		}
	}
	return sets
}

func (l *mqttLife) begin() error {
	if err := l.connect(true); err != nil {
		return err
	}
	if err := l.subscribe(l.filters); err != nil {
		return err
	}
	l.round.roster.join(l.sets())
	return nil
}

// back connects again after, or instead of, the connection before.
func (l *mqttLife) back() error {
	if !l.keep || l.fresh && l.random.IntN(6) == 0 {
		return l.begin()
	}
	if err := l.connect(false); err != nil {
		return err
	}
	l.round.roster.join(l.sets())
	return nil
}

// run lives until the round stops.
func (l *mqttLife) run() error {
	for l.round.wait(l.random) {
		if l.churns.filter != "" {
			if err := l.subscribe([]topicFilter{l.churns}); err != nil {
				return err
			}
			l.round.rest(l.random)
			if err := l.unsubscribe(l.churns); err != nil {
				return err
			}
		}
		if l.random.IntN(2) == 0 || !l.round.roster.leave(l.sets()) {
			continue
		}
		if l.leaves && l.random.IntN(2) == 0 {
			if err := l.leave(); err != nil {
				return err
			}
			continue
		}
		if !l.mortal {
			l.round.roster.join(l.sets())
			continue
		}
		if l.random.IntN(4) > 0 {
			l.die(l.round.pickEnding(l.random))
			l.round.rest(l.random)
		} // else: the new connection takes over
		if err := l.back(); err != nil {
			return err
		}
	}
	return nil
}

// leave leaves all groups and joins them again.
func (l *mqttLife) leave() error {
	for _, f := range l.filters {
		if err := l.unsubscribe(f); err != nil {
			return err
		}
	}
	l.round.rest(l.random)
	if err := l.subscribe(l.filters); err != nil {
		return err
	}
	l.round.roster.join(l.sets())
	return nil
}

// fence waits for the end of all exchanges of QoS 2, too.
func (l *mqttLife) fence() error {
	for begin := time.Now(); ; {
		left := 0
		if err := l.client.fence(nil, func() { left = l.window.unfinished() }); err != nil || left == 0 {
			return err
		}
		if time.Since(begin) > patience {
			return fmt.Errorf("%s: %d exchanges of QoS 2 do not end", l.trail.Name, left)
		}
	}
}

// again comes back to a session in which nothing is in flight, so that whatever
// is sent again shows.
func (l *mqttLife) again() error {
	if !l.keep {
		return nil
	}
	l.die(Reset)
	return l.connect(false)
}

// finish ends the session for good.
func (l *mqttLife) finish() error {
	l.die(Farewell)
	if !l.keep {
		return nil
	}
	if text := l.window.rest(); text != "" {
		l.round.fault("window", l.trail.Name+", at the end: "+text, nil, l.trail)
	}
	l.keep = false
	if err := l.connect(true); err != nil {
		return err
	}
	l.die(Farewell)
	return nil
}

// mqttFilter spells a NATS filter of the plan for MQTT.
func mqttFilter(f string) string {
	f = strings.ReplaceAll(strings.ReplaceAll(f, ".", "/"), "*", "+")
	return strings.ReplaceAll(f, ">", "#")
}
