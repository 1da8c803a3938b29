package hub

import (
	"encoding/binary"
	"sync"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// mailBytes is the size of a mail's memory in bytes; a mail that is full is
// posted before the turn ends. A larger message gets a mail of its own size.
const mailBytes = 64 << 10

// Mail carries messages from one lane to another. It is filled by one lane,
// posted, and from then on the receiver's, who gives it back with Done. Names
// are not copied: routes never change, so they travel by reference.
type Mail struct {
	buf   []byte
	items []item
	next  int // first item that Receive has not delivered
}

// item is one message for the receiver's members of a route, or for one group
// member among them.
type item struct {
	route     *Route
	ref       trie.Ref // the group member, when group is not 0
	quota     *Quota   // its quota, when memberQoS is not 0
	from      Sender
	group     int32 // 1 + index in route.groups
	hops      uint8
	memberQoS uint8
	dup       bool
	online    bool // pickFor's

	origin message.Origin
	qos    uint8
	// Lengths, in this order in buf; refused in members of lanes[], 4 bytes each.
	refused, reply, headers, properties, correlation, payload uint32
	at                                                        uint32 // where they begin
}

var mails = sync.Pool{New: func() any { return &Mail{buf: make([]byte, 0, mailBytes)} }}

// Bytes is what the mail holds of other people's memory, for budgets.
func (m *Mail) Bytes() int { return len(m.buf) + len(m.items)*itemBytes }

// itemBytes is about the size of an item.
const itemBytes = 96

// Done returns the mail's memory; the receiver calls it after Receive has
// answered true.
func (m *Mail) Done() {
	if cap(m.buf) > mailBytes {
		return
	}
	clear(m.items)
	m.buf, m.items, m.next = m.buf[:0], m.items[:0], 0
	mails.Put(m)
}

// mail adds a message for lane to. refused are the places in r.lanes[to] of
// copies for which there was no room.
func (l *Lane) mail(to int, r *Route, m *message.Message, it item, refused []uint32) {
	mail := l.out[to]
	subject := m.Subject
	m.Subject = nil // the route has it
	size := m.Size() + 4*len(refused)
	if mail != nil && len(mail.buf)+size > cap(mail.buf) {
		l.post(to, mail)
		mail = nil
	}
	if mail == nil {
		if size > mailBytes {
			mail = &Mail{buf: make([]byte, 0, size)}
		} else {
			mail = mails.Get().(*Mail)
		}
		l.out[to] = mail
	}
	it.route = r
	it.origin, it.qos = m.Origin, m.QoS
	it.at = uint32(len(mail.buf))
	it.reply, it.headers = uint32(len(m.Reply)), uint32(len(m.Headers))
	it.properties, it.correlation = uint32(len(m.Properties)), uint32(len(m.Correlation))
	it.payload, it.refused = uint32(len(m.Payload)), uint32(len(refused))
	for _, at := range refused {
		mail.buf = binary.LittleEndian.AppendUint32(mail.buf, at)
	}
	mail.buf = message.Keep(mail.buf, m, &l.kept)
	m.Subject = subject
	mail.items = append(mail.items, it)
}

// Receive delivers messages of a mail to this lane's members until about
// budget bytes of output have been made; it returns what is left of the budget
// and whether the mail is done. It is called within a turn, again and again
// until the mail is done, before the next mail of the same sender.
func (l *Lane) Receive(mail *Mail, budget int) (left int, done bool) {
	for mail.next < len(mail.items) && budget > 0 {
		it := &mail.items[mail.next]
		mail.next++
		m := &l.received
		refused := it.message(mail.buf, m)
		l.serial++
		copies := 1
		if it.group != 0 {
			l.receiveGroup(it, m)
		} else {
			refs := it.route.lanes[l.index]
			copies = len(refs)
			if it.route.special || it.route.assured && m.QoS > 0 {
				l.receiveCopies(it.from, it.route, m, refused)
			} else {
				l.deliverAll(it.route, refs, m)
			}
		}
		budget -= copies * (len(m.Payload) + perCopy)
	}
	return budget, mail.next == len(mail.items)
}

// perCopy is what a delivery costs beside its payload, in bytes of budget.
const perCopy = 64

// receiveGroup delivers to the member that was picked, or to another.
func (l *Lane) receiveGroup(it *item, m *message.Message) {
	if s := l.subscriber(&it.ref); s != nil {
		l.copy = it.copy(it.route, &it.ref)
		if s.Deliver(m, it.route, &l.copy) == reason.None {
			l.delivered(m)
			return
		}
	}
	if it.memberQoS > 0 {
		l.Release(it.quota, Cost(m))
	}
	l.redispatch(it.route, m, *it)
}

// message lets m alias buf, and returns the list of refused copies as it is
// there.
func (it *item) message(buf []byte, m *message.Message) (refused []byte) {
	b := buf[it.at:]
	refused, b = b[:4*it.refused], b[4*it.refused:]
	reply, b := b[:it.reply], b[it.reply:]
	headers, b := b[:it.headers], b[it.headers:]
	properties, b := b[:it.properties], b[it.properties:]
	correlation, b := b[:it.correlation], b[it.correlation:]
	m.Begin(it.origin, it.route.Subject, reply, b[:it.payload])
	m.Headers, m.Properties, m.Correlation, m.QoS = headers, properties, correlation, it.qos
	return refused
}
