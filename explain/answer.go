package explain

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/system"
	"github.com/isthmus-mq/isthmus/translate"
	"github.com/isthmus-mq/isthmus/trie"
)

// Border is what a publish has to pass before it comes to the hub.
type Border interface {
	// FromNATS returns the canonical name of a subject as a NATS client with this
	// mountpoint says it, or why nobody may publish there. FromMQTT is the same for a
	// topic.
	FromNATS(mount translate.Mountpoint, subject []byte) (canonical []byte, why reason.ID)
	FromMQTT(topic []byte) (canonical []byte, why reason.ID)
	// Serves tells whether the server itself answers requests on a subject.
	Serves(subject []byte) bool
}

// Service answers questions.
type Service struct {
	Hub    *hub.Hub
	OnLane func(lane int, f func(*hub.Lane))
	Border Border
	// Publisher finds what the hub knows a connected client by: an MQTT client
	// identifier, or anything that ends in "-" and the number of a NATS connection.
	Publisher func(ctx context.Context, client string) (from hub.Sender, ok bool, err error)
	// MountOf returns the mountpoint of a NATS user, or false: it depends on more than
	// that, or there is none for that name. nil: there is one for all.
	MountOf func(user string) (translate.Mountpoint, bool)
}

// Serve is a system.Service.
func (s *Service) Serve(ctx context.Context, r *system.Request, answer func(system.Answer)) {
	var d *Document
	q, err := parse(r.Payload)
	if err == nil {
		if q.mount, err = s.mountFor(r, q.User); err == nil {
			d, err = s.Answer(ctx, r.Lane, &q)
		}
	}
	if err != nil {
		d = &Document{Version: version, Error: err.Error()}
	}
	body, err := json.Marshal(d)
	if err != nil {
		body = []byte(`{"error":"the answer cannot be written"}`)
	}
	answer(system.Answer{Payload: body})
}

// mountFor returns the mountpoint of a user, or that of the asker.
func (s *Service) mountFor(r *system.Request, user string) (*translate.Mountpoint, error) {
	mount := translate.MountpointAt([]byte(r.Prefix))
	if user == "" || s.MountOf == nil {
		return &mount, nil
	}
	mount, ok := s.MountOf(user)
	if !ok {
		return nil, fmt.Errorf("user %q has no mountpoint of its own: it is refused, or the mountpoint depends on its connection, too", user)
	}
	return &mount, nil
}

// asking is one question on its way.
type asking struct {
	*Service
	*Question
	ctx   context.Context
	lane  int // the asker's, which stands for the publisher's
	topic []byte
	d     *Document
}

// Answer answers a question as it looks from a lane. The error says what is wrong
// with the question, or that the server is about to stop.
func (s *Service) Answer(ctx context.Context, lane int, q *Question) (*Document, error) {
	names := s.Hub.Names()
	d := &Document{Version: version, Name: q.Name, As: q.As, User: q.User, Mode: names.Mode().String(), QoS: q.QoS, Permissions: "none are configured: everybody may"}
	a := &asking{Service: s, Question: q, ctx: ctx, lane: lane, d: d}
	if a.mount == nil {
		mount := s.Hub.Mountpoint()
		a.mount = &mount
	}
	if a.isFilter() {
		d.Filter = true
		return d, a.filter()
	}
	m, err := a.message()
	if err != nil || d.Refused != nil {
		return d, err
	}
	return d, a.publish(m)
}

// on runs f in a turn of a lane and waits for it.
func (a *asking) on(lane int, f func(l *hub.Lane)) error {
	done := make(chan struct{})
	a.OnLane(lane, func(l *hub.Lane) {
		defer close(done)
		f(l)
	})
	select {
	case <-done:
		return nil
	case <-a.ctx.Done():
		return fmt.Errorf("lane %d does not answer: %w", lane, a.ctx.Err())
	}
}

// blank stands for every payload. Nobody reads it, let alone writes it, so the kernel
// has no memory in it.
var blank [maxSize]byte

// message makes the message that is asked about, or notes why there can be none.
func (a *asking) message() (*message.Message, error) {
	m := &message.Message{Payload: blank[:a.Size], QoS: uint8(a.QoS), Retain: a.Retain}
	var why reason.ID
	name := []byte(a.Name)
	if a.As == AsTopic {
		m.Origin = message.FromMQTT
		m.Subject, why = a.Border.FromMQTT(name)
	} else if m.Headers = a.block(); translate.IsGatewayReply(name) {
		err := a.on(a.lane, func(l *hub.Lane) {
			var topic, correlation []byte
			if topic, correlation, why = l.OpenGatewayReply(name); why == reason.None {
				a.d.Answers = string(topic)
				m.Correlation = slices.Clone(correlation)
			}
		})
		if err != nil {
			return nil, err
		}
		if why == reason.None {
			m.Subject, why = a.Border.FromMQTT([]byte(a.d.Answers))
		}
	} else {
		a.d.Service = a.Border.Serves(name)
		m.Subject, why = a.Border.FromNATS(*a.mount, name)
	}
	if translate.TraceOnly(m.Headers) {
		why = reason.TraceOnly
	}
	canonical := m.Subject
	if why != reason.None && a.As == AsTopic {
		canonical, _ = a.Hub.Names().AppendSubject(nil, name)
	}
	a.d.named(a.Hub.Names(), *a.mount, canonical)
	a.d.Refused = because(why)
	return m, nil
}

// publish tells what becomes of m.
func (a *asking) publish(m *message.Message) error {
	var e *hub.Explanation
	var told descriptions
	look := func(from hub.Sender) (err error) {
		if err = a.on(a.lane, func(l *hub.Lane) { e = l.Explain(from, m) }); err == nil {
			a.topic = []byte(e.Topic)
			told, err = a.describe(e, m)
		}
		return err
	}
	from, err := a.publisher()
	if err != nil {
		return err
	}
	if err := look(from); err != nil {
		return err
	}
	a.d.QoS, a.d.HeadersLeftOut = int(m.QoS), e.HeadersLeftOut
	a.copies(e, told)
	for i := range e.Groups {
		a.group(e, &e.Groups[i], told, m)
	}
	return a.retained(m.Subject)
}

// publisher finds who publishes. The answer is then how it looks from there.
func (a *asking) publisher() (from hub.Sender, err error) {
	if a.From == "" {
		return from, nil
	}
	from, ok, err := a.Publisher(a.ctx, a.From)
	switch {
	case err != nil:
		return from, fmt.Errorf("looking for %q: %w", a.From, err)
	case !ok:
		return from, fmt.Errorf("from: %q is not connected; say an MQTT client identifier, or nats-N with the number of a NATS connection (cid)", a.From)
	}
	a.lane = int(from.Lane)
	return from, nil
}

// descriptions are what subscribers told about themselves.
type descriptions map[trie.Ref]hub.Description

// describe asks subscribers, on their lanes, a.Limit of the copies and of each group.
func (a *asking) describe(e *hub.Explanation, m *message.Message) (descriptions, error) {
	type wish struct {
		refs []trie.Ref
		copy hub.Copy
	}
	wishes := make([][]wish, a.Hub.Lanes())
	want := func(c *hub.ExplainedCopy, how hub.Copy) {
		how.QoS, how.Also = c.QoS, c.Refs[1:]
		lane := c.Refs[0].Lane
		wishes[lane] = append(wishes[lane], wish{c.Refs, how})
	}
	for i := range e.Copies[:min(a.Limit, len(e.Copies))] {
		want(&e.Copies[i], hub.Copy{})
	}
	for i := range e.Groups {
		g := &e.Groups[i]
		for j := range g.Online[:min(a.Limit, len(g.Online))] {
			want(&g.Online[j], hub.Copy{Online: true})
		}
		for j := range g.Offline[:min(a.Limit, len(g.Offline))] {
			want(&g.Offline[j], hub.Copy{})
		}
	}
	told := make(descriptions)
	for lane, list := range wishes {
		for piece := range slices.Chunk(list, turnOf) {
			err := a.on(lane, func(l *hub.Lane) {
				one := *m // its conversion is read on all lanes, and made before
				for _, w := range piece {
					for _, ref := range w.refs {
						if d, ok := l.Describe(ref, &one, a.topic, &w.copy); ok {
							told[ref] = d
						}
					}
				}
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return told, nil
}

// turnOf is how many subscribers are asked in one turn of their lane, so that clients
// do not wait for it.
const turnOf = 100

// copies lists the plain copies.
func (a *asking) copies(e *hub.Explanation, told descriptions) {
	for i := range e.Copies {
		c := a.copy(&e.Copies[i], told)
		a.d.count(&e.Copies[i])
		if len(a.d.Copies) < a.Limit {
			a.d.Copies = append(a.d.Copies, c)
		} else {
			a.d.More++
		}
	}
}

// count adds a copy to what a publisher is told, which is decided before its receiver
// is asked: what is lost there has matched.
func (d *Document) count(e *hub.ExplainedCopy) {
	flags := e.Refs[0].Flags
	full := e.Why == reason.QueueFull || e.Why == reason.StoredFull
	if full {
		d.Full++
	}
	switch {
	case e.Fate == hub.FateDelivered, full && flags&hub.FlagOffline == 0:
		d.Matched++
	case e.Fate == hub.FateStored && (e.QoS > 0 || flags&hub.FlagKeepsQoS0 != 0):
		d.Stored++
	}
}

// copy tells of one copy. A subscriber that has left meanwhile is told of by what
// the hub knew.
func (a *asking) copy(e *hub.ExplainedCopy, told descriptions) Copy {
	ref := e.Refs[0]
	c := Copy{Lane: int(ref.Lane), QoS: int(e.QoS), Fate: e.Fate.String(), Reason: because(e.Why), Connected: ref.Flags&hub.FlagOffline == 0, Protocol: "nats"}
	if ref.Flags&hub.FlagMQTT != 0 {
		c.Protocol = "mqtt"
	}
	for _, ref := range e.Refs {
		d, ok := told[ref]
		if !ok {
			continue
		}
		c.Client, c.Version, c.Sid = d.Client, d.Version, d.Sid
		c.Waiting, c.WaitingBytes = d.Waiting, d.WaitingBytes
		c.Filters = append(c.Filters, d.Filter)
	}
	if d, ok := told[ref]; ok && d.Why != reason.None && (e.Fate == hub.FateDelivered || e.Fate == hub.FateStored) {
		c.Fate, c.Reason = hub.FateDropped.String(), because(d.Why)
	}
	return c
}
