package statistics

import (
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
)

// root is where topics begin: hub.StatisticsRoot as a topic.
const root = "$SYS/broker/"

// Publisher publishes a Report on an interval. It belongs to one lane.
type Publisher struct {
	lane   *hub.Lane
	timer  hub.Timer
	every  time.Duration
	sample func(*Sample)
	retain bool
	report *Report
	began  time.Duration
	told   map[string]string // by topic, what was published last
	values []Value
}

// Begin publishes everything at once and then, on the interval, what has
// changed: a client that comes later finds the rest as retained messages. If
// they are not to be retained, everything each time. sample fills in a Sample
// except for its Uptime, which counts from here. It is called on the lane, in
// a turn.
func Begin(l *hub.Lane, version string, every time.Duration, retain bool, sample func(*Sample)) *Publisher {
	p := &Publisher{
		lane:   l,
		every:  every,
		sample: sample,
		retain: retain,
		report: NewReport(version),
		began:  l.Now(),
		told:   make(map[string]string),
	}
	p.Timer()
	return p
}

// Timer publishes.
func (p *Publisher) Timer() {
	s := Sample{Uptime: p.lane.Now() - p.began}
	p.sample(&s)
	p.values = p.report.Values(p.values[:0], &s)
	names := p.lane.Hub().Names()
	for _, v := range p.values {
		if last, ok := p.told[v.Topic]; ok && last == v.Text && p.retain {
			continue
		}
		p.told[v.Topic] = v.Text
		subject, ok := names.AppendSubject(nil, []byte(root+v.Topic))
		if !ok {
			continue // naming mode emqx has no subject for a name with a blank
		}
		m := message.Message{Subject: subject, Payload: []byte(v.Text), Origin: message.FromMQTT, Retain: p.retain}
		p.lane.Announce(&m)
	}
	p.lane.Arm(&p.timer, p, p.every)
}
