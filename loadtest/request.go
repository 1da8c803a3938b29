package loadtest

import (
	"context"
	"errors"
	"fmt"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// Request is requests and their answers: a Flow whose publishers ask and whose
// Responders send each request's payload back. MQTT is 5.0 here, since earlier
// versions have no Response Topic.
type Request struct {
	Flow
	Responders int
}

// Run runs the requests.
func (q Request) Run(ctx context.Context, o Options) (*Report, error) {
	if q.Responders < 1 {
		return nil, errors.New("--responders must be at least 1")
	}
	q.Subscribers = 0
	o.MQTTVersion = int(mqtt.V5)
	report := newReport("request", &o)
	s, err := newStage(&o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	f, err := newFlow(ctx, s, q.Flow, q.From.String()+"-to-"+q.To.String())
	if err != nil {
		return nil, err
	}
	f.requests, f.responders = true, q.Responders
	f.from.NoResponders = true
	if q.Window == 0 && q.Rate == 0 {
		f.window = 1 // each asks again when it has its answer
	}
	run, err := f.run(ctx, &responders{count: q.Responders})
	if run != nil {
		report.Runs = append(report.Runs, run)
	}
	report.Interrupted = s.stopped
	return report, err
}

// inbox is where requester i gets its answers, in its protocol's form.
func (f *flow) inbox(i int) string {
	if f.From == client.NATS {
		return fmt.Sprintf("_INBOX.load%04x.%d", f.stage.tag, i)
	}
	return fmt.Sprintf("load/reply/%04x/%d", f.stage.tag, i)
}

// responders answer requests.
type responders struct {
	count int
	list  []*responder
}

func (r *responders) join(f *flow, jobs [][]job) (int, error) {
	group := ""
	if r.count > 1 {
		group = "isthmus-load"
	}
	filter, err := named(f.filter.With(map[client.Protocol]string{client.NATS: "*", client.MQTT: "+"}[f.To], true, true), f.To)
	if err != nil {
		return 0, err
	}
	for i := range r.count {
		w := f.stage.worker(f.Publishers + i)
		one := &responder{f: f, w: w, index: i, filter: filter, group: group}
		r.list = append(r.list, one)
		jobs[w.index] = append(jobs[w.index], func(int64) *client.Client { return one.dial() })
	}
	return r.count, nil
}

func (r *responders) start(*flow)        {}
func (r *responders) stop(*flow)         {}
func (r *responders) report(*flow, *Run) {}

// responder is one of them.
type responder struct {
	client.Deaf
	f             *flow
	w             *worker
	index         int
	filter, group string
	section       []byte // properties of an answer
	id            uint16
}

func (r *responder) dial() *client.Client {
	return r.w.loop.Dial(&r.f.to, fmt.Sprintf("load-%04x-resp-%d", r.f.stage.tag, r.index), r.index, r)
}

func (r *responder) Opened(c *client.Client) { c.Subscribe(r.filter, r.group, r.f.QoS) }

func (r *responder) Granted(c *client.Client, _ uint16, code mqtt.ReasonCode) {
	if code.Failed() {
		c.Close()
		r.Closed(c, fmt.Errorf("subscription to %q refused: 0x%02X", r.filter, byte(code)))
		return
	}
	r.f.ready.Add(1)
}

func (r *responder) Closed(c *client.Client, err error) {
	r.w.failed(fmt.Sprintf("%s responder", c.Speaks()), err)
	r.w.counts.Dropped++
	r.f.broken.Add(1)
}

// Message sends the payload back, stamp and all.
func (r *responder) Message(c *client.Client, m *client.Message) {
	if len(m.Reply) == 0 {
		r.w.counts.Foreign++
		return
	}
	if r.f.To == client.NATS {
		c.SetOutput(nats.AppendPub(c.Output(), m.Reply, nil, m.Payload))
		return
	}
	r.section = r.section[:0]
	if len(m.Correlation) > 0 {
		r.section = mqtt.AppendBinaryProperty(r.section, mqtt.PropCorrelationData, m.Correlation)
	}
	if r.id++; r.id == 0 {
		r.id = 1
	}
	c.SetOutput(mqtt.AppendPublish(c.Output(), c.Version(), mqtt.PublishFlags(m.QoS, false, false), m.Reply, r.id, r.section, m.Payload))
}
