package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/ledger"
)

// Flow is a stream of messages from publishers to subscribers.
type Flow struct {
	From, To    client.Protocol
	Publishers  int
	Subscribers int
	Topic       string // template, in either protocol's form
	Filter      string // of subscribers, a template; empty: made from Topic
	Topics      int    // {n} is the number of the message modulo this
	Size        int    // bytes of a payload
	QoS         byte
	Rate        float64 // messages per second, all publishers together; 0: flat out
	Window      int     // messages on their way per publisher, flat out or unacknowledged; 0: chosen
	Messages    int64   // all publishers together; 0: no bound but the time
	Duration    time.Duration
	WarmUp      time.Duration // at the beginning, and not measured
}

// connecting is how many connections of a flow are being opened at once.
const connecting = 64

// flow is a Flow that runs. Its atomics are counted by all workers.
type flow struct {
	Flow
	stage *stage
	name  string

	topic, filter Template
	from, to      client.Options
	payload       []byte
	window        int
	each          int // about the bytes of one message on the wire
	requests      bool
	responders    int
	pairs         bool // topics and filters name the connection

	publishers  []*publisher
	subscribers []*subscriber
	groupList   []*group
	pumps       []*pump
	beside      beside // nil: nothing
	usage       Usage
	base        Counts // at the end of the warm-up
	timed       time.Duration
	begun       time.Time
	publishing  time.Duration // how long was published

	ready, broken, ended, published, unacked atomic.Int64
	expected                                 int   // connections to get ready
	confirmed                                int64 // publishers whose last messages the server has read
}

// beside is what runs beside a flow and is measured with it. Its methods are
// called by the directing goroutine.
type beside interface {
	// join hands each worker's dialer the connections to open; their handlers
	// count f.ready up, and their number is returned.
	join(f *flow, jobs [][]job) (int, error)
	// start begins when the flow does.
	start(f *flow)
	// stop ends when the flow does.
	stop(f *flow)
	// report adds what was measured.
	report(f *flow, r *Run)
}

type job = func(at int64) *client.Client

// newFlow checks the options.
func newFlow(ctx context.Context, s *stage, o Flow, name string) (*flow, error) {
	f := &flow{Flow: o, stage: s, name: name}
	switch {
	case o.Publishers < 0 || o.Subscribers < 0 || o.Publishers+o.Subscribers == 0:
		return nil, errors.New("there must be at least one publisher or subscriber")
	case o.Publishers > ledger.MaxSenders:
		return nil, fmt.Errorf("at most %d publishers", ledger.MaxSenders)
	case o.Size < ledger.Size:
		return nil, fmt.Errorf("--size must be at least %d bytes: the number and the time of each message are in its payload", ledger.Size)
	case o.QoS > 1:
		return nil, fmt.Errorf("--qos: %d is neither 0 nor 1", o.QoS)
	case o.Rate < 0 || o.Rate > 1e8:
		return nil, errors.New("--rate must be from 0 (flat out) to 100,000,000 messages a second")
	case o.Window < 0 || o.QoS > 0 && o.Window > math.MaxUint16:
		return nil, fmt.Errorf("--window must be at most %d with QoS 1", math.MaxUint16)
	case o.Messages < 0 || o.Duration < 0 || o.WarmUp < 0:
		return nil, errors.New("--msgs, --duration and --warmup must not be negative")
	case o.Messages == 0 && o.Duration == 0:
		return nil, errors.New("give --msgs or --duration")
	case o.Topics < 1:
		return nil, errors.New("--topics must be at least 1")
	}
	if o.Topics > 1 {
		if t, err := ParseTemplate(o.Topic); err == nil && !t.N {
			return nil, fmt.Errorf("--topics %d needs {n} in --topic", o.Topics)
		}
	}
	if err := f.nameTopics(); err != nil {
		return nil, err
	}
	var err error
	if f.from, err = s.o.dialling(ctx, o.From); err != nil {
		return nil, err
	}
	if f.to, err = s.o.dialling(ctx, o.To); err != nil {
		return nil, err
	}
	f.from.Verbose = o.QoS > 0 // NATS has no QoS; +OK is its acknowledgement
	f.payload = newPayload(o.Size)
	f.each = o.Size + len(o.Topic) + 16
	f.window = f.chooseWindow()
	return f, nil
}

// nameTopics writes topic and filter in the protocols' forms.
func (f *flow) nameTopics() error {
	for _, text := range []string{f.Topic, f.Filter} {
		if _, err := ParseTemplate(text); err != nil && (text != "" || f.Topic == "") {
			return err
		}
	}
	topic, err := named(f.Topic, f.From)
	if err != nil {
		return err
	}
	if f.topic, err = ParseTemplate(topic); err != nil {
		return err
	}
	filter := f.Filter
	if filter == "" {
		filter = f.topic.With(map[client.Protocol]string{client.NATS: "*", client.MQTT: "+"}[f.From], false, true)
	}
	if filter, err = named(filter, f.To); err != nil {
		return err
	}
	if f.filter, err = ParseTemplate(filter); err != nil {
		return err
	}
	if f.filter.Conn && !f.topic.Conn {
		return fmt.Errorf("the filter %q names the connection and the topic %q does not", filter, topic)
	}
	if f.filter.N {
		return fmt.Errorf("the filter %q has {n}: write a wildcard", filter)
	}
	f.pairs = f.filter.Conn
	if f.Publishers == 0 || f.Subscribers == 0 {
		return nil
	}
	t, err := named(f.topic.Name(0, 0), client.MQTT)
	if err != nil {
		return err
	}
	m, err := named(f.filter.Name(0, 0), client.MQTT)
	if err == nil && !matches(m, t) {
		err = fmt.Errorf("the filter %q does not match the topic %q", f.filter.Name(0, 0), f.topic.Name(0, 0))
	}
	return err
}

// chooseWindow is the window that the user wants, or one that keeps both sides
// busy and is far from what makes servers take a reader for slow.
func (f *flow) chooseWindow() int {
	const (
		mostBytes    = 4 << 20  // on their way to one subscriber
		mostOutput   = 64 << 20 // and to all of them
		mostMessages = 10_000
		mostUnacked  = 100    // what servers take of one client by default
		mostQueued   = 10_000 // and what some of them keep for one
	)
	publishers, subscribers := max(f.Publishers, 1), max(f.Subscribers, 1)
	if f.pairs {
		n := min(publishers, subscribers)
		publishers, subscribers = (publishers+n-1)/n, (subscribers+n-1)/n
	}
	switch {
	case f.Window > 0:
		return f.Window
	case f.QoS > 0:
		return min(max(mostQueued/2/publishers, 1), mostUnacked)
	}
	bytes := min(mostBytes, mostOutput/subscribers)
	return min(max(bytes/f.each/publishers, 1), mostMessages)
}

// groups is the number of groups that do not hear each other.
func (f *flow) groups() int { return len(f.groupList) }

// build makes publishers and subscribers and gives them to workers.
func (f *flow) build() {
	n := 1
	if f.pairs {
		n = max(min(f.Publishers, f.Subscribers), 1)
	}
	for range n {
		f.groupList = append(f.groupList, new(group))
	}
	for _, w := range f.stage.workers {
		f.pumps = append(f.pumps, &pump{f: f, w: w})
	}
	limit := func(i int) int64 {
		if f.Messages == 0 {
			return math.MaxInt64
		}
		n := int64(f.Publishers)
		each := f.Messages / n
		if int64(i) < f.Messages%n {
			each++
		}
		return each
	}
	for i := range f.Publishers {
		g := f.groupList[i%n]
		g.window += int64(f.window)
		w := f.stage.worker(i)
		p := &publisher{f: f, w: w, index: i, group: g, limit: limit(i)}
		conn := i
		if f.pairs {
			conn = i % n
		}
		p.look = rendering{protocol: f.From, version: f.from.Version, qos: f.QoS, topic: f.topic, topics: f.Topics, conn: conn, payload: f.payload}
		if f.requests {
			p.inbox = f.inbox(i)
			p.look.reply = p.inbox
		}
		p.look.prepare()
		f.publishers = append(f.publishers, p)
		f.pumps[w.index].pubs = append(f.pumps[w.index].pubs, p)
	}
	if f.requests {
		f.groupList[0].receivers.Add(1) // the requester, who gets the answer
	}
	for i := range f.Subscribers {
		s := f.newSubscriber(i)
		s.group = f.groupList[s.place]
		s.group.receivers.Add(1)
		f.subscribers = append(f.subscribers, s)
	}
}

// newSubscriber makes a subscriber that no group knows of.
func (f *flow) newSubscriber(i int) *subscriber {
	n := f.groups()
	w := f.stage.worker(f.Publishers + i)
	return &subscriber{
		f: f, w: w, index: i, place: i % n, counts: &w.counts,
		filter:  f.filter.Name(i%n, 0),
		ledgers: make([]ledger.Ledger, (f.Publishers-i%n+n-1)/n),
	}
}
