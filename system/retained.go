package system

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// RetainedRoot is what the subjects begin with on which retained messages are
// asked for (docs/mapping.md, "Retained messages").
const RetainedRoot = "$SYS.REQ.ISTHMUS.RETAINED."

// Retained answers requests for retained messages. Every request sees the names of
// its asker, and nothing outside his mountpoint. The store is asked in turns of the
// asker's lane, a little in each.
type Retained struct {
	onLane  func(lane int, f func(*hub.Lane))
	cursors cursors
}

// NewRetained returns it; onLane as for New.
func NewRetained(onLane func(lane int, f func(*hub.Lane))) *Retained {
	return &Retained{onLane: onLane}
}

// Register adds its services.
func (r *Retained) Register(s *Services) {
	s.Handle(RetainedRoot+"GET.", r.get)
	s.Handle(RetainedRoot+"SET.", r.set)
	s.Handle(RetainedRoot+"CLEAR.", r.clear)
	s.Handle(RetainedRoot+"CLEAR", r.clearMatching)
	s.Handle(RetainedRoot+"LIST", r.list)
}

// turn runs f in a turn of a lane and waits for it. false: it has not come to
// that in time, and nothing that f shares may be touched.
func (r *Retained) turn(ctx context.Context, lane int, f func(*hub.Lane)) bool {
	done := make(chan struct{})
	r.onLane(lane, func(l *hub.Lane) {
		f(l)
		close(done)
	})
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// named returns the canonical subject behind the service's own part of a request.
func named(q *Request, service string) (subject []byte, ok bool) {
	own := q.Subject[len(RetainedRoot)+len(service):]
	return append([]byte(q.Prefix), own...), codec.ValidPublishSubject([]byte(own))
}

func (r *Retained) get(ctx context.Context, q *Request, answer func(Answer)) {
	subject, ok := named(q, "GET.")
	if !ok {
		answer(status(400, "Invalid Subject"))
		return
	}
	a := status(404, "Not Found")
	if r.turn(ctx, q.Lane, func(l *hub.Lane) {
		var kept hub.RetainedMessage
		if withheld, _ := l.Hub().Withheld(subject); !withheld && l.Hub().Retained().Get(l, subject, &kept) {
			a = retained(l, &kept, len(q.Prefix), false)
		}
	}) {
		answer(a)
	}
}

// set keeps what it is given without telling subscribers.
func (r *Retained) set(ctx context.Context, q *Request, answer func(Answer)) {
	subject, ok := named(q, "SET.")
	if !ok {
		answer(status(400, "Invalid Subject"))
		return
	}
	why, later := reason.ReservedSubject, false
	stored := make(chan reason.ID, 1)
	if r.turn(ctx, q.Lane, func(l *hub.Lane) {
		if hub.Reserved(subject) {
			l.Reasons.Add(why, 1)
			return
		}
		m := message.Message{
			Subject: subject, Payload: q.Payload, Headers: q.Headers, Origin: message.FromNATS,
			QoS: translate.PublishQoS(q.Headers, 0), Retain: true, Count: 1,
		}
		if why, later = l.Retain(&m); later {
			l.WhenStored(func(why reason.ID) { stored <- why })
		}
	}) {
		if later {
			select {
			case why = <-stored:
			case <-ctx.Done():
				return
			}
		}
		answer(outcome(why, 1, true))
	}
}

func (r *Retained) clear(ctx context.Context, q *Request, answer func(Answer)) {
	subject, ok := named(q, "CLEAR.")
	if !ok {
		answer(status(400, "Invalid Subject"))
		return
	}
	n := 0
	if r.turn(ctx, q.Lane, func(l *hub.Lane) {
		n = remove(l, subject)
	}) {
		answer(outcome(reason.None, n, true))
	}
}

// remove deletes one message and returns how many that were.
func remove(l *hub.Lane, subject []byte) int {
	var kept hub.RetainedMessage
	store := l.Hub().Retained()
	if hub.Reserved(subject) || !store.Get(l, subject, &kept) {
		return 0
	}
	store.Delete(l, subject, nil, 0)
	return 1
}

// clearMatching deletes all that match the pattern in the payload.
func (r *Retained) clearMatching(ctx context.Context, q *Request, answer func(Answer)) {
	filter, ok := pattern(q, string(q.Payload))
	if !ok || len(q.Payload) == 0 {
		answer(status(400, "Invalid Subject"))
		return
	}
	var scan hub.RetainedScan
	n, done := 0, false
	for !done {
		if !r.turn(ctx, q.Lane, func(l *hub.Lane) {
			if scan == nil {
				scan = l.Hub().Retained().Scan(l, filter, 0)
			}
			_, done = scan.Find(l, step)
			var kept hub.RetainedMessage
			for scan.Read(l, &kept) {
				n += remove(l, kept.Subject)
			}
		}) {
			// The turn may still come, so n is not to be read.
			answer(outcome(reason.None, 0, false))
			return
		}
	}
	answer(outcome(reason.None, n, true))
}

// step is how many names one turn finds at most.
const step = 64

// pattern reads a subscription of the asker.
func pattern(q *Request, own string) (f trie.Filter, ok bool) {
	if !codec.ValidSubject([]byte(own)) {
		return f, false
	}
	p, tail := translate.SubscriptionPattern([]byte(q.Prefix + own))
	return trie.Filter{Pattern: string(p), Tail: trie.Tail(tail)}, true
}

// retained is a retained message as an answer: as it was published, with its name
// behind the asker's mountpoint in a header of JetStream's.
func retained(l *hub.Lane, kept *hub.RetainedMessage, prefix int, nameOnly bool) Answer {
	var m message.Message
	own := kept.Subject[prefix:]
	l.Replay(kept, &m)
	headers := codec.AppendHeaderStart(nil)
	if !nameOnly {
		block := l.ReplayHeaders(&m)
		if rest, whole := bytes.CutSuffix(block, []byte("\r\n\r\n")); whole {
			headers = append(append(headers[:0], rest...), "\r\n"...)
		}
	}
	headers = codec.AppendHeaderLine(headers, []byte("Nats-Subject"), own)
	a := Answer{Headers: codec.AppendHeaderEnd(headers)}
	if !nameOnly {
		a.Payload = kept.Payload
	}
	return a
}

// status is an answer that is no message: a status line, as JetStream has it.
func status(code int, text string, lines ...string) Answer {
	b := append([]byte("NATS/1.0 "), strconv.Itoa(code)...)
	b = append(append(append(b, ' '), text...), "\r\n"...)
	for _, line := range lines {
		b = append(append(b, line...), "\r\n"...)
	}
	return Answer{Headers: codec.AppendHeaderEnd(b)}
}

// outcome tells what became of SET and CLEAR.
func outcome(why reason.ID, messages int, complete bool) Answer {
	code, name := byte(0), "success"
	if why != reason.None {
		code, name, messages = max(reason.Of(why).MQTT5, 0x80), reason.Of(why).Name, 0
	}
	body, err := json.Marshal(struct {
		ReasonCode byte   `json:"reason_code"`
		Reason     string `json:"reason"`
		Messages   int    `json:"messages"`
		Complete   bool   `json:"complete"`
	}{code, name, messages, complete})
	if err != nil {
		return status(500, "Internal Error")
	}
	headers := codec.AppendHeaderLine(codec.AppendHeaderStart(nil), []byte("Mqtt-Reason-Code"), strconv.AppendUint(nil, uint64(code), 10))
	return Answer{Headers: codec.AppendHeaderEnd(headers), Payload: body}
}
