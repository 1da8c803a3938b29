package hub

import (
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

// Receipt collects what becomes of one publish whose publisher wants to know: the
// Outcome, and what the MQTT clients answer that got a copy of QoS 1 or 2. It
// lives on the publisher's lane, however long its connection does; copies name it
// by Sender.Receipt, on whichever lane they are.
type Receipt struct {
	Outcome Outcome
	// Answers are the first of those that have come, as many as there is room
	// for; the counts are of all.
	Answers      []Answer
	Acknowledged int // by the client, with success
	Refused      int // by the client, with a failure
	Dropped      int // here, after the copy was accepted
	// Failure is the first failure of a client, or the first reason for a drop.
	Failure Answer

	lane   *Lane
	done   func(*Receipt)
	timer  Timer
	handle uint32
	names  int // bytes in Answers
}

// Waiting is the number of clients that have not answered.
func (r *Receipt) Waiting() int {
	return r.Outcome.Assured - r.Acknowledged - r.Refused - r.Dropped
}

// Answer is what became of one copy.
type Answer struct {
	Client string    // client identifier; empty: of nobody in particular
	Code   byte      // MQTT 5 reason code of PUBACK or PUBREC; 0 before 5.0
	Why    reason.ID // not None: the copy was dropped, and nobody answered
}

const (
	// maxReceipts bounds those of a lane that wait at a time.
	maxReceipts = 4096
	// receiptNames bounds the client identifiers of a receipt in bytes.
	receiptNames = 4 << 10
	// nameCost is what an answer takes beside its name, in bytes.
	nameCost = 40
)

// receipts are those of a lane that wait for answers.
type receipts struct {
	lane   *Lane
	last   uint32
	opened uint32 // that of the publish at hand; 0: none
	open   map[uint32]*Receipt
	late   []lateAnswer
	timer  Timer
}

// lateAnswer is one that came up within a delivery.
type lateAnswer struct {
	handle uint32
	Answer
}

// OpenReceipt lets copies of the next Publish on this lane name a receipt:
// CloseReceipt follows. false: too many wait, which is counted, so there will be an Outcome only.
func (l *Lane) OpenReceipt() bool {
	t := &l.receipts
	if len(t.open) >= maxReceipts {
		l.Reasons.Add(reason.ReceiptsFull, 1)
		return false
	}
	if t.last++; t.last == 0 {
		t.last = 1
	}
	t.opened = t.last
	return true
}

// CloseReceipt ends what OpenReceipt began, with the outcome of the publish
// between them. done is called once, on this lane and never within a delivery:
// at once when nobody is to answer, otherwise when all have, or after wait.
func (l *Lane) CloseReceipt(o Outcome, wait time.Duration, done func(*Receipt)) {
	t := &l.receipts
	r := &Receipt{Outcome: o, lane: l, done: done, handle: t.opened}
	t.opened = 0
	if o.Assured == 0 {
		done(r)
		return
	}
	if t.open == nil {
		t.lane, t.open = l, make(map[uint32]*Receipt)
	}
	t.open[r.handle] = r
	l.Arm(&r.timer, r, wait)
}

// Timer is the end of the wait.
func (r *Receipt) Timer() {
	r.lane.Reasons.Add(reason.ReceiptTimeout, 1)
	r.finish()
}

func (r *Receipt) finish() {
	r.lane.Disarm(&r.timer)
	delete(r.lane.receipts.open, r.handle)
	r.done(r)
}

// Answered tells what a client answered to a copy of QoS 1 or 2 that names a
// receipt, or why it never will: once for each, by whoever was given it. Never
// within Subscriber.Deliver; see AnsweredMeanwhile.
func (l *Lane) Answered(from Sender, a Answer) {
	switch {
	case from.Receipt == 0:
	case int(from.Lane) == l.index:
		l.answered(from.Receipt, a)
	default:
		l.mailAnswer(from, a)
	}
}

// AnsweredMeanwhile is Answered for what comes up within a delivery.
func (l *Lane) AnsweredMeanwhile(from Sender, a Answer) {
	switch {
	case from.Receipt == 0:
	case int(from.Lane) == l.index:
		t := &l.receipts
		t.lane = l
		t.late = append(t.late, lateAnswer{from.Receipt, a})
		if len(t.late) == 1 {
			l.Arm(&t.timer, t, 0)
		}
	default:
		l.mailAnswer(from, a)
	}
}

// Timer tells of late answers.
func (t *receipts) Timer() {
	late := t.late
	t.late = nil
	for i := range late {
		t.lane.answered(late[i].handle, late[i].Answer)
	}
}

// answered enters an answer; one that comes after the wait counts for nothing.
func (l *Lane) answered(handle uint32, a Answer) {
	r := l.receipts.open[handle]
	if r == nil {
		return
	}
	switch {
	case a.Why != reason.None:
		r.Dropped++
	case a.Code >= 0x80:
		r.Refused++
	default:
		r.Acknowledged++
	}
	if failed := a.Why != reason.None || a.Code >= 0x80; failed && r.Refused+r.Dropped == 1 {
		r.Failure = a
	}
	if cost := len(a.Client) + nameCost; a.Client != "" && r.names+cost <= receiptNames {
		r.names += cost
		r.Answers = append(r.Answers, a)
	}
	if r.Waiting() <= 0 {
		r.finish()
	}
}

// Receipts is the number that wait for answers on this lane.
func (l *Lane) Receipts() int { return len(l.receipts.open) }

// mailAnswer sends an answer to the lane of the receipt, as an item without a
// route.
func (l *Lane) mailAnswer(from Sender, a Answer) {
	const head = 2
	mail := l.mailWith(int(from.Lane), head+len(a.Client))
	it := item{from: from, count: 1, at: uint32(len(mail.buf)), payload: uint32(head + len(a.Client))}
	mail.buf = append(mail.buf, a.Code, byte(a.Why))
	mail.buf = append(mail.buf, a.Client...)
	mail.items = append(mail.items, it)
}

// receiveAnswer is the other end of mailAnswer.
func (l *Lane) receiveAnswer(it *item, buf []byte) {
	b := buf[it.at : it.at+it.payload]
	l.answered(it.from.Receipt, Answer{
		Code:   b[0],
		Why:    reason.ID(b[1]),
		Client: string(b[2:]),
	})
}
