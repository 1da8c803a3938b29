package loadtest

import (
	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/latency"
)

// pump makes the publishers of one worker publish.
type pump struct {
	f    *flow
	w    *worker
	pubs []*publisher

	running  bool
	until    int64 // no message is due from then on
	schedule latency.Schedule
	total    int64 // messages to send
	due      int64 // open loop: messages that were given to publishers
	behind   []*publisher
	touched  []*publisher
	turn     int
}

// batch is how many bytes one publisher sends before the next has its turn.
const batch = client.FlushAt

// mostWaiting bounds what waits in front of one socket in the open loop, in
// bytes. What is due beyond it is owed.
const mostWaiting = 4 * batch

func (p *pump) act(now int64) int64 {
	if !p.running {
		return never
	}
	if p.f.Rate > 0 {
		return p.keepTime(now)
	}
	return p.flatOut(now)
}

// start begins publishing at a time; of many workers each has its part of the
// rate.
func (p *pump) start(at, until int64) {
	part, parts := 0, 0
	for _, other := range p.f.pumps {
		if len(other.pubs) == 0 {
			continue
		}
		if other == p {
			part = parts
		}
		parts++
	}
	if parts == 0 || len(p.pubs) == 0 {
		return
	}
	if p.f.Rate > 0 {
		// A worker's part is as large as its part of the publishers.
		share := p.f.Rate * float64(len(p.pubs)) / float64(p.f.Publishers)
		p.schedule = latency.NewSchedule(at+int64(float64(part)*1e9/p.f.Rate), share, 0, 1)
	}
	for i, pub := range p.pubs {
		pub.place = int64(i)
		p.total += min(pub.limit, never-p.total)
	}
	p.running, p.until = true, until
}

// stop ends publishing; what is owed is not sent.
func (p *pump) stop() {
	p.running = false
	for _, pub := range p.pubs {
		pub.end()
	}
}

// flatOut sends as much as windows and sockets take.
func (p *pump) flatOut(now int64) int64 {
	if now >= p.until {
		p.stop()
		return never
	}
	moved, ended := false, 0
	for i := range p.pubs {
		pub := p.pubs[(p.turn+i)%len(p.pubs)]
		if pub.next == pub.limit {
			pub.end()
		}
		if pub.ended {
			ended++
			continue
		}
		if pub.c.Blocked() {
			continue
		}
		n := min(pub.room(), pub.group.room(), int64(p.f.window), max(batch/int64(p.f.each), 1))
		if n <= 0 {
			continue
		}
		pub.group.publish(n)
		for range n {
			pub.put(now)
		}
		p.sent(n, now)
		pub.c.Flush()
		moved = true
	}
	p.turn++
	switch {
	case ended == len(p.pubs):
		p.running = false
		return never
	case moved:
		return now
	case len(p.f.stage.workers) > 1:
		return now + 50_000 // the window may be opened by another worker's subscribers
	}
	return min(now+int64(idle), p.until)
}

func (p *pump) sent(n, now int64) {
	p.w.counts.Published += uint64(n)
	p.f.published.Add(n)
	if p.w.counts.FirstSent == 0 {
		p.w.counts.FirstSent = now
	}
	p.w.counts.LastSent = now
}

// keepTime sends what is due. Message k of the schedule is publisher k modulo
// their number's, whatever the state of the others is.
func (p *pump) keepTime(now int64) int64 {
	due := p.schedule.Due(min(now, p.until-1))
	behind := p.behind
	p.behind = p.behind[:0]
	for _, pub := range behind {
		pub.behind = false
		p.serve(pub, now, true)
	}
	for ; p.due < due; p.due++ {
		pub := p.pubs[p.due%int64(len(p.pubs))]
		pub.owing++
		if !pub.behind {
			p.serve(pub, now, false)
		}
	}
	for _, pub := range p.touched {
		pub.c.Flush()
	}
	p.touched = p.touched[:0]
	if now >= p.until || p.due >= p.total {
		if len(p.behind) == 0 || now >= p.until {
			p.stop()
			return never
		}
		return now + int64(idle)
	}
	return min(p.schedule.At(p.due), p.until)
}

// serve sends what pub owes, or as much of it as is possible.
func (p *pump) serve(pub *publisher, now int64, held bool) {
	if pub.ended {
		return
	}
	n := min(pub.owing, pub.room())
	if pub.c.Blocked() {
		n = min(n, int64((mostWaiting-pub.c.Waiting())/p.f.each))
	}
	if n > 0 {
		pub.group.publish(n)
		for range n {
			at := p.schedule.At(pub.next*int64(len(p.pubs)) + pub.place)
			late := now - at
			p.w.times[sending].Record(late)
			if held {
				p.w.counts.Held++
			} else if late > lateBy {
				p.w.counts.Late++
			}
			pub.put(at)
		}
		pub.owing -= n
		p.sent(n, now)
		if pub.c.Waiting() >= batch {
			pub.c.Flush()
		}
		if len(p.touched) == 0 || p.touched[len(p.touched)-1] != pub {
			p.touched = append(p.touched, pub)
		}
	}
	if pub.next == pub.limit {
		pub.end()
		pub.owing = 0
	}
	if pub.owing > 0 {
		pub.behind = true
		p.behind = append(p.behind, pub)
	}
}
