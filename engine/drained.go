package engine

// drainedAtOnce bounds how many connections one turn lets go on, so that reads
// from sockets get their turn.
const drainedAtOnce = 16

// AwaitDrain is session.Conn's.
func (c *Conn) AwaitDrain() {
	c.awaits = true
	c.Dirty()
}

// settle puts a connection that waits for it, and of whose output nothing waits
// any more, on the list for the next turn. Those that are congested come here
// from the poll.
func (c *Conn) settle() {
	if !c.awaits || c.phase != phaseOpen || c.out.Len() > 0 || c.sock.OutboundBuffered() > 0 {
		return
	}
	c.awaits = false
	l := c.lane
	if l.drained = append(l.drained, c); len(l.drained) == 1 {
		l.nudge()
	}
}

// goOn tells sessions that their output has left, within a turn that the caller
// ends. It tells whether some are left for another turn.
func (l *lane) goOn() (more bool) {
	n := min(len(l.drained), drainedAtOnce)
	for _, c := range l.drained[:n] {
		if c.session != nil && c.phase == phaseOpen {
			c.session.Drained()
		}
	}
	kept := copy(l.drained, l.drained[n:])
	clear(l.drained[kept:])
	l.drained = l.drained[:kept]
	return kept > 0
}
