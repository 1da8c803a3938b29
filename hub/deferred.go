package hub

import (
	"github.com/isthmus-mq/isthmus/reason"
)

// deferred are a lane's answers that wait for the store of retained messages, when it
// does not answer at once: those of publishes that were to be retained, and those of
// the same publishers behind them, since acknowledgements leave in the order of the
// publishes [MQTT-4.6.0-2]. With a store in memory there never are any.
type deferred struct {
	waiting []*unanswered // by the store, oldest first
	held    map[*Publisher][]*deferredAck
}

// unanswered is a Set or Delete that the store has not answered.
type unanswered struct {
	token uint64
	ack   *deferredAck    // nil: nobody waits
	told  func(reason.ID) // nil: likewise
}

// deferredAck is a publish whose Acks have not been asked.
type deferredAck struct {
	from  *Publisher
	token uint64
	o     Outcome
	open  bool // the store has not answered
}

// acknowledge tells a publisher what became of a publish, now or when its turn has
// come.
func (l *Lane) acknowledge(from *Publisher, token uint64, o *Outcome) {
	d := &l.deferred
	if !o.Deferred && l.Held(from) == 0 {
		from.Acks.Published(token, *o)
		return
	}
	ack := &deferredAck{from: from, token: token, o: *o, open: o.Deferred}
	if d.held == nil {
		d.held = make(map[*Publisher][]*deferredAck)
	}
	d.held[from] = append(d.held[from], ack)
	if o.Deferred {
		d.waiting[len(d.waiting)-1].ack = ack
	}
	o.Deferred = true
}

// Refuse answers a publish that does not come to Publish, in its turn, and tells
// whether that is Deferred.
func (l *Lane) Refuse(from *Publisher, token uint64, why reason.ID) (deferred bool) {
	o := Outcome{Refused: true, Why: why}
	l.acknowledge(from, token, &o)
	return o.Deferred
}

// Held is the number of answers that a publisher waits for.
func (l *Lane) Held(from *Publisher) int {
	if len(l.deferred.held) == 0 {
		return 0
	}
	return len(l.deferred.held[from])
}

// WhenStored calls f once the store has answered for the message that was to be
// retained last on this lane, whose Outcome said that this is still to come.
func (l *Lane) WhenStored(f func(why reason.ID)) {
	l.deferred.waiting[len(l.deferred.waiting)-1].told = f
}

// storeAnswered is a late answer of the store. They come in the order of the calls.
func (l *Lane) storeAnswered(token uint64, why reason.ID) {
	d := &l.deferred
	if len(d.waiting) == 0 || d.waiting[0].token != token {
		return // not of this lane's asking: the store breaks its contract
	}
	u := d.waiting[0]
	d.waiting[0] = nil
	d.waiting = d.waiting[1:]
	if u.told != nil {
		u.told(why)
	}
	if u.ack == nil {
		return
	}
	if u.ack.open = false; why != reason.None {
		u.ack.o.full(why)
	}
	l.release(u.ack.from)
}

// release gives the answers whose turn has come.
func (l *Lane) release(from *Publisher) {
	held := l.deferred.held
	for len(held[from]) > 0 && !held[from][0].open {
		ack := held[from][0]
		if held[from] = held[from][1:]; len(held[from]) == 0 {
			delete(held, from)
		}
		ack.o.Deferred = false
		from.Acks.Published(ack.token, ack.o)
	}
}
