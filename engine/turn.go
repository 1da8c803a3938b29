package engine

import (
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// endTurn ends a turn, in this order: mails for other lanes are posted and
// their lanes woken; then output leaves, at once or with that of the turns that
// are about to come.
func (l *lane) endTurn() {
	l.hub.EndTurn()
	l.flush.turns++
	if len(l.flush.dirty) > 0 {
		l.flushSoon()
	}
}

// longestPause is how long a publisher waits for another lane before it is
// read once more: a pause hides the end of a connection, and must not look
// like silence.
const longestPause = time.Second

// endTurnOf ends a turn that read from c, which stops being read when what it
// publishes piles up at another lane.
func (l *lane) endTurnOf(c *Conn) {
	if l.hub.EndTurn() && l.busy(mailboxBudget) && c.phase == phaseOpen {
		l.hub.Reasons.Add(reason.LaneBusy, 1)
		c.until(max(c.putAside().deadline, l.clock.now+longestPause))
		c.pause(pausedForLane)
		l.polled.add(c)
	}
	l.flush.turns++
	if len(l.flush.dirty) > 0 {
		l.flushSoon()
	}
}
