package hub

import (
	"context"
	"slices"
	"strings"

	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// Explained is a Subscriber that can say what it would do. It is called on its
// lane, and changes nothing that anybody could see.
type Explained interface {
	// Describe tells who and what the subscription is.
	Describe(*explain.Client, *explain.Subscription)
	// Would tells what would become of a copy that Deliver were called with now:
	// Verdict, Reason, Declines and Displaces.
	Would(m *message.Message, r *Route, c *Copy, to *explain.Copy)
}

// OnLane runs f in a turn of a lane, soon, or, once the lane has ended, never.
type OnLane func(lane int, f func(*Lane))

// Case is a publish that does not happen.
type Case struct {
	Lane   int    // the publisher's
	From   Sender // Owner 0: a client without subscriptions
	Anyone bool   // nobody in particular publishes, so what depends on the publisher is open
	Limit  int    // receivers to look at, and members of each group
	// Enter makes m what the publisher's session makes of the publish, as far as
	// Publish, or says why it does not get there. It is called in a turn of Lane.
	Enter func(l *Lane, m *message.Message) reason.ID
}

// explanation is a case at work: first on the publisher's lane, then on those of
// the receivers, one after the other.
type explanation struct {
	hub   *Hub
	of    *Case
	to    *explain.Publish
	m     message.Message // as it entered; kept
	lane  int             // of the publisher
	route *Route
	asked [][]question // by lane
	picks []pick
	drops map[reason.ID]int
	// besides counts the copies of this message that take room in the sessions of
	// members of groups, which may get several.
	besides map[*Quota]int
}

// question is what is to be asked of one lane about one copy.
type question struct {
	refs  []trie.Ref // the subscriptions of a copy; the first that is there answers
	would bool       // the verdict is still open
	plain bool       // not one of a member of a group
	how   Copy
	room  *Quota // that the copy takes room of; nil: it takes none
	to    *explain.Copy
}

// askedAtOnce is the number of questions in one turn of a lane, which are worth
// a few microseconds each at most.
const askedAtOnce = 256

// Explain tells what would become of a publish, by going its way: to is filled in.
// Nothing is delivered, reserved, counted, or taken in turn. It blocks until all
// lanes have answered, or ctx is done: then to is not to be touched any more.
func (h *Hub) Explain(ctx context.Context, onLane OnLane, of *Case, to *explain.Publish) error {
	x := &explanation{
		hub: h, of: of, to: to, lane: of.Lane,
		asked:   make([][]question, len(h.lanes)),
		drops:   make(map[reason.ID]int),
		besides: make(map[*Quota]int),
	}
	if err := turn(ctx, onLane, of.Lane, x.begin); err != nil || to.Refused != "" {
		return err
	}
	for lane, questions := range x.asked {
		for some := range slices.Chunk(questions, askedAtOnce) {
			err := turn(ctx, onLane, lane, func(l *Lane) {
				for i := range some {
					x.ask(l, &some[i])
				}
			})
			if err != nil {
				return err
			}
		}
	}
	x.end()
	return nil
}

// turn waits until f has run.
func turn(ctx context.Context, onLane OnLane, lane int, f func(*Lane)) error {
	done := make(chan struct{})
	onLane(lane, func(l *Lane) {
		f(l)
		close(done)
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin finds the route on the publisher's lane, and what there is to be asked.
func (x *explanation) begin(l *Lane) {
	var m message.Message
	why := x.of.Enter(l, &m)
	x.to.QoS, x.to.Size = m.QoS, len(m.Payload)
	if why != reason.None {
		x.to.Refused = reason.Of(why).Name
		return
	}
	if len(m.Headers) > 0 && m.Origin == message.FromNATS {
		m.QoS = translate.PublishQoS(m.Headers, m.QoS)
	}
	message.Keep(nil, &m, &x.m)
	x.cross(l)
	x.to.QoS, x.to.Subject = x.m.QoS, string(x.m.Subject)
	if x.m.Retain {
		x.retain(l)
	}
	x.route = l.look(x.m.Subject, trie.Hash(x.m.Subject), false)
	x.groupQuotas()
	x.plain(l)
	x.leftOut(l)
	x.groups(l)
}

// cross converts headers or properties for all lanes: they would count what
// cannot be converted.
func (x *explanation) cross(l *Lane) {
	m := &x.m
	if m.Origin == message.FromMQTT {
		m.SetCrossed(l.hub.crossing.AppendHeaders(nil, m.Properties))
		return
	}
	var topic []byte
	if len(m.Reply) > 0 {
		topic, _ = l.hub.names.AppendResponseTopic(nil, m.Reply)
	}
	section, skipped := l.hub.crossing.AppendReplyProperties(nil, m.Headers, topic, m.Correlation)
	m.SetCrossed(section)
	if skipped > 0 {
		x.drops[reason.HeadersLeftOut] += skipped
	}
}

// ask lets the subscriptions of a copy answer.
func (x *explanation) ask(l *Lane, q *question) {
	q.to.Client.Lane = l.index
	answered := false
	for i := range q.refs {
		s, ok := l.subscriber(&q.refs[i]).(Explained)
		if !ok {
			continue
		}
		var described explain.Subscription
		s.Describe(&q.to.Client, &described)
		q.to.Subscriptions = append(q.to.Subscriptions, described)
		if answered || !q.would {
			continue
		}
		answered = true
		m, how := x.m, q.how
		how.Also = q.refs[i+1:]
		s.Would(&m, x.route, &how, q.to)
	}
	if len(q.to.Subscriptions) == 0 {
		q.to.Verdict, q.to.Declines = explain.Gone, true
	}
}

// question asks about a copy, which becomes one of those that are told.
func (x *explanation) question(list *[]*explain.Copy, q question) *explain.Copy {
	q.to = &explain.Copy{QoS: q.how.QoS}
	*list = append(*list, q.to)
	lane := q.refs[0].Lane
	x.asked[lane] = append(x.asked[lane], q)
	return q.to
}

// drop counts a copy that is known to be lost without asking its receiver.
func (x *explanation) drop(to *explain.Copy, why reason.ID) {
	x.drops[why]++
	if to != nil {
		to.Verdict, to.Reason = explain.Dropped, reason.Of(why).Name
	}
}

// count counts what is lost with a copy.
func count(known map[string]int, c *explain.Copy) {
	if c.Verdict == explain.Dropped {
		known[c.Reason]++
	}
	if c.Displaces > 0 {
		known[reason.Of(reason.QueueFull).Name] += c.Displaces
	}
}

// giveBack takes into account that a copy that is lost at once, on the publisher's
// lane, leaves its room to those behind it.
func (x *explanation) giveBack(q *Quota, c *explain.Copy) {
	if _, several := x.besides[q]; several && c.Verdict == explain.Dropped && !c.Later {
		x.besides[q]--
	}
}

// end draws the conclusions, once all have answered.
func (x *explanation) end() {
	known := make(map[string]int)
	for why, n := range x.drops {
		known[reason.Of(why).Name] = n
	}
	for lane, questions := range x.asked {
		for i := range questions {
			q := &questions[i]
			if !q.plain || !q.would {
				continue
			}
			count(known, q.to)
			if lane == x.lane {
				x.giveBack(q.room, q.to)
			}
		}
	}
	for i := range x.picks {
		x.pick(&x.picks[i], known)
	}
	for name, n := range known {
		x.to.Drops = append(x.to.Drops, explain.Drop{Reason: name, Count: n})
	}
	slices.SortFunc(x.to.Drops, func(a, b explain.Drop) int { return strings.Compare(a.Reason, b.Reason) })
}
