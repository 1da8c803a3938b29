package hub

import (
	"encoding/binary"
	"sync"

	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

const (
	// mailBytes is the size of a mail's memory in bytes; a mail that is full is
	// posted before the turn ends. A larger message gets a mail of its own size.
	mailBytes = 64 << 10
	// smallMail is the size with which a mail begins, in bytes: most turns have
	// little to say, and a lane that is held up may be sent very many.
	smallMail = 4 << 10
	// smallItems is the number of messages in it.
	smallItems = smallMail / itemBytes
)

// Mail carries messages from one lane to another. It is filled by one lane,
// posted, and from then on the receiver's, who gives it back with Done. Names
// are not copied: routes never change, so they travel by reference.
type Mail struct {
	buf   []byte
	items []item
	next  int // first item that Receive has not delivered
}

// item is one message for the receiver's members of a route, or for one group
// member among them, or an answer (receipt.go).
type item struct {
	route     *Route   // nil: an answer
	ref       trie.Ref // the group member, when group is not 0
	group     int32    // 1 + index in route.groups
	quota     *Quota   // its quota, when memberQoS is not 0
	from      Sender
	hops      uint8
	memberQoS uint8
	dup       bool
	online    bool // pickFor's

	origin message.Origin
	qos    uint8
	retain bool
	count  uint32 // messages, whose payloads stand one behind the other
	done   uint32 // of them, how many Receive has delivered
	// Lengths, in this order in buf; refused in members of lanes[], 4 bytes each.
	refused, reply, headers, properties, correlation, payload uint32
	at                                                        uint32 // where they begin
}

var (
	mails      = sync.Pool{New: func() any { return &Mail{buf: make([]byte, 0, mailBytes)} }}
	smallMails = sync.Pool{New: func() any { return &Mail{buf: make([]byte, 0, smallMail)} }}
)

// Bytes is what the mail holds of other people's memory, for budgets; even an
// almost empty one takes its place.
func (m *Mail) Bytes() int { return max(smallMail/2, len(m.buf)+len(m.items)*itemBytes) }

// itemBytes is about the size of an item.
const itemBytes = 104

// Done returns the mail's memory: after Receive has answered true, or once it
// has been absorbed.
func (m *Mail) Done() {
	clear(m.items)
	m.buf, m.items, m.next = m.buf[:0], m.items[:0], 0
	switch {
	case cap(m.buf) == smallMail && cap(m.items) <= 2*smallItems:
		smallMails.Put(m)
	case cap(m.buf) == mailBytes:
		mails.Put(m)
	}
}

// absorbMost is the content of a mail in bytes up to which it is worth copying
// into another one.
const absorbMost = mailBytes / 4

// Absorb takes over the messages of a small mail of the same sender that comes
// right behind m, if there is room; other is empty then. So a lane that does
// not get to its mails is not left with the memory of very many.
func (m *Mail) Absorb(other *Mail) bool {
	if len(other.buf) > absorbMost || len(m.buf)+len(other.buf) > cap(m.buf) {
		return false
	}
	base := uint32(len(m.buf))
	m.buf = append(m.buf, other.buf...)
	for _, it := range other.items {
		it.at += base
		m.items = append(m.items, it)
	}
	return true
}

// mail adds a message for lane to. refused are the places in r.lanes[to] of
// copies for which there was no room.
func (l *Lane) mail(to int, r *Route, m *message.Message, it item, refused []uint32) {
	if m.Count > 1 {
		l.mailStream(to, r, m, it)
		return
	}
	subject := m.Subject
	m.Subject = nil // the route has it
	mail := l.mailWith(to, m.Size()+4*len(refused))
	it.route, it.count, it.done = r, 1, 0
	it.origin, it.qos, it.retain = m.Origin, m.QoS, m.Retain
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

// mailStream is mail for several messages that differ in their payloads alone.
func (l *Lane) mailStream(to int, r *Route, m *message.Message, it item) {
	size := len(m.Payload)
	it.route, it.origin, it.qos, it.payload = r, m.Origin, m.QoS, uint32(size)
	for i := 0; i < m.Count; {
		mail := l.mailWith(to, size)
		n := m.Count - i
		if size > 0 {
			n = min(n, (cap(mail.buf)-len(mail.buf))/size)
		}
		it.at, it.count = uint32(len(mail.buf)), uint32(n)
		for range n {
			mail.buf = append(mail.buf, m.At(i)...)
			i++
		}
		mail.items = append(mail.items, it)
	}
}

// mailWith returns the mail for lane to that has room for size more bytes.
func (l *Lane) mailWith(to, size int) *Mail {
	mail := l.out[to]
	small := mail != nil && cap(mail.buf) == smallMail
	if mail != nil && len(mail.buf)+size <= cap(mail.buf) && (!small || len(mail.items) < smallItems) {
		return mail
	}
	if small && len(mail.buf)+size <= mailBytes {
		large := mails.Get().(*Mail)
		large.buf = append(large.buf, mail.buf...)
		large.items = append(large.items, mail.items...)
		mail.Done()
		l.out[to] = large
		return large
	}
	if mail != nil {
		l.post(to, mail)
	}
	switch {
	case size <= smallMail:
		mail = smallMails.Get().(*Mail)
	case size <= mailBytes:
		mail = mails.Get().(*Mail)
	default:
		mail = &Mail{buf: make([]byte, 0, size)}
	}
	l.out[to] = mail
	return mail
}

// Receive delivers messages of a mail to this lane's members until about
// budget bytes of output have been made; it returns what is left of the budget
// and whether the mail is done. It is called within a turn, again and again
// until the mail is done, before the next mail of the same sender.
func (l *Lane) Receive(mail *Mail, budget int) (left int, done bool) {
	for mail.next < len(mail.items) && budget > 0 {
		it := &mail.items[mail.next]
		if it.route == nil {
			mail.next++
			budget -= perCopy
			l.receiveAnswer(it, mail.buf)
			continue
		}
		m := &l.received
		refused := it.message(mail.buf, m)
		l.serial++
		copies := 1
		if it.group == 0 {
			copies = len(it.route.lanes[l.index])
		}
		cost := copies * (len(m.Payload) + perCopy)
		if left := int(it.count - it.done); left > 1 {
			n := min(left, max(1, budget/max(cost, 1)))
			m.Repeat(n, int(it.payload), mail.buf[it.at+it.done*it.payload:])
			m.Payload = m.At(0)
			cost *= n
		}
		if it.done += uint32(max(m.Count, 1)); it.done == it.count {
			mail.next++
		}
		budget -= cost
		l.receive(it, m, refused)
	}
	return budget, mail.next == len(mail.items)
}

// receive delivers one item, or a part of one.
func (l *Lane) receive(it *item, m *message.Message, refused []byte) {
	r := it.route
	switch {
	case it.group != 0:
		l.receiveGroup(it, m)
	case r.special || r.assured && m.QoS > 0:
		l.receiveCopies(it.from, r, m, refused)
	default:
		l.deliverAll(r, r.lanes[l.index], m)
	}
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
	b = b[it.done*it.payload:]
	m.Begin(it.origin, it.route.Subject, reply, b[:it.payload])
	m.Headers, m.Properties, m.Correlation = headers, properties, correlation
	m.QoS, m.Retain = it.qos, it.retain
	return refused
}
