package nats

import (
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/reason"
)

// Timer ends a client that never says anything, and asks one that has become
// silent whether it is still there (§13).
func (s *Session) Timer() {
	now, o := s.conn.Now(), s.lane.opts
	if !s.spoken && o.IdleTimeout > 0 && now-s.heard >= o.IdleTimeout {
		s.fail(reason.IdleTimeout)
		return
	}
	if s.pings == 0 {
		s.beat = s.heard + o.Heartbeat
	}
	if now >= s.beat && !s.ping(now) {
		return
	}
	s.arm(now)
}

// ping sends PING, or ends the connection if too many are unanswered; then it is
// false.
func (s *Session) ping(now time.Duration) bool {
	o := s.lane.opts
	if s.pings >= MaxPings || s.pings > 0 && o.HeartbeatWait > 0 {
		s.fail(reason.StaleConnection)
		return false
	}
	s.pings++
	s.pub.Forget()
	s.parser.Idle()
	s.pinged()
	s.out.WriteString(codec.Ping)
	s.beat = now + o.Heartbeat
	if o.HeartbeatWait > 0 {
		s.beat = now + o.HeartbeatWait
	}
	return true
}

// arm sets the timer to whatever is due next, which is after now.
func (s *Session) arm(now time.Duration) {
	next := s.beat
	if idle := s.lane.opts.IdleTimeout; idle > 0 && !s.spoken {
		next = min(next, s.heard+idle)
	}
	s.conn.Arm(next - now)
}
