package session_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session/nats"
)

// What is explained is what then happens: who gets how many copies with which
// QoS, at once or when it comes back, what is dropped for which reason, and what
// the publisher is told. Over both protocols, groups with every strategy, names of
// every kind, sessions that are away or full, and any number of lanes.
func TestExplainedIsWhatHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCrowd(t)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			c.step()
		}
		c.explainAndPublish()
		if err := c.g.shut(); err != nil {
			t.Fatal(err)
		}
	})
}

// crowd is random clients of one gateway.
type crowd struct {
	t      *rapid.T
	g      *gateway
	alone  bool // no session gets several copies of a message
	people []*person
	next   int // packet identifier
}

// person is one client, with its connections one after the other.
type person struct {
	name    string
	conn    *client // nil: it is away
	version codec.Version
	stays   bool
	subs    int
	marked  []uint8 // QoS of the copies that it got of the letter that was explained
	owes    []codec.Packet
	answer  int // reason code of the last acknowledgement of a publish; -1: none
}

func (p *person) GoString() string { return p.name }

func newCrowd(t *rapid.T) *crowd {
	o := defaultOptions()
	o.groupStrategy = rapid.SampledFrom([]string{"random", "round-robin", "sticky", "local", "hash-topic", "hash-publisher"}).Draw(t, "strategy")
	o.naming = rapid.SampledFrom([]string{"isthmus", "isthmus", "emqx"}).Draw(t, "naming")
	o.mountpoint = rapid.SampledFrom([]string{"", "", "a/"}).Draw(t, "mountpoint")
	o.maxQueued = rapid.SampledFrom([]int{1, 2, 3, 1000}).Draw(t, "queued")
	o.dropOldest = rapid.IntRange(0, 3).Draw(t, "oldest") == 0
	o.policy.QueueQoS0 = rapid.IntRange(0, 3).Draw(t, "queue QoS 0") == 0
	o.policy.MaxTopicLevels = 5
	g, err := newGateway(o, manner{lanes: rapid.IntRange(1, 3).Draw(t, "lanes"), budget: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	chance := slices.Contains([]string{"random", "sticky", "local"}, o.groupStrategy)
	c := &crowd{t: t, g: g, alone: o.dropOldest || o.maxQueued < 100 && (o.policy.QueueQoS0 || chance)}
	for i := range rapid.IntRange(1, 5).Draw(t, "people") {
		p := &person{name: fmt.Sprint("p", i), answer: -1}
		p.version = rapid.SampledFrom([]codec.Version{0, 0, codec.V5, codec.V5, codec.V311}).Draw(t, "version")
		p.stays = p.version != 0 && rapid.Bool().Draw(t, "stays")
		c.people = append(c.people, p)
		c.connect(p, true)
	}
	return c
}

// connect begins a connection; the first one with any options.
func (c *crowd) connect(p *person, first bool) {
	line := ""
	switch {
	case p.version == 0:
		p.conn = c.g.openNATS(c.fresh(p))
		line = fmt.Sprintf(`CONNECT {"verbose":%v,"pedantic":false,"headers":true,"echo":%v}`,
			rapid.IntRange(0, 3).Draw(c.t, "verbose") == 0, rapid.Bool().Draw(c.t, "echo"))
	case p.version == codec.V5:
		p.conn = c.g.openMQTT(c.fresh(p), p.version)
		line = "CONNECT " + p.name
		if p.stays {
			line += " session-expiry=600"
		}
		if first {
			line += fmt.Sprintf(" receive-maximum=%d", rapid.SampledFrom([]int{1, 2, 100}).Draw(c.t, "receive"))
			if rapid.IntRange(0, 3).Draw(c.t, "small") == 0 {
				line += " maximum-packet-size=40"
			} else { // or else an alias that one copy sets makes the next one small enough
				line += fmt.Sprintf(" topic-alias-maximum=%d", rapid.IntRange(0, 2).Draw(c.t, "aliases"))
			}
		}
	default:
		p.conn = c.g.openMQTT(c.fresh(p), p.version)
		line = "CONNECT " + p.name
		if !p.stays {
			line += " clean"
		}
	}
	c.say(p, line)
}

func (c *crowd) fresh(p *person) string {
	c.next++
	return fmt.Sprintf("%s.%d", p.name, c.next)
}

func (c *crowd) say(p *person, line string) {
	b, err := speak(p.conn, line, false)
	if err != nil {
		c.t.Fatalf("%s: %v", line, err)
	}
	c.g.send(p.conn, b)
}

// person draws one that is connected.
func (c *crowd) person() *person {
	var here []*person
	for _, p := range c.people {
		if p.conn != nil && !p.conn.ended {
			here = append(here, p)
		}
	}
	if len(here) == 0 {
		c.connect(c.people[0], true)
		here = c.people[:1]
	}
	return rapid.SampledFrom(here).Draw(c.t, "who")
}

var (
	levels  = rapid.SampledFrom([]string{"a", "a", "b", "b", "$x", "_INBOX", ""})
	tokens  = rapid.SampledFrom([]string{"a", "a", "b", "b", "$x", "_INBOX", "/", "/_", "+"})
	details = rapid.IntRange(0, 3)
)

func (c *crowd) topic(name string) string {
	return strings.Join(rapid.SliceOfN(levels, 1, 3).Draw(c.t, name), "/")
}

func (c *crowd) subject(name string) string {
	return strings.Join(rapid.SliceOfN(tokens, 1, 3).Draw(c.t, name), ".")
}

func (c *crowd) filter() string {
	list := rapid.SliceOfN(rapid.OneOf(levels, rapid.SampledFrom([]string{"+"})), 1, 3).Draw(c.t, "levels")
	if details.Draw(c.t, "tail") == 0 {
		list[len(list)-1] = "#"
	}
	f := strings.Join(list, "/")
	if f == "" {
		f = "/"
	}
	// What copies of one message do to each other in one session (docs/explain.md,
	// "What it does not know") is not explained.
	if !c.alone && details.Draw(c.t, "shared") == 0 {
		f = "$share/g/" + f
	}
	return f
}

func (c *crowd) step() {
	p := c.person()
	switch k := rapid.IntRange(0, 9).Draw(c.t, "step"); {
	case k < 6 && p.version != 0:
		filter := c.filter()
		p.subs++
		options := fmt.Sprintf("%s,qos=%d", quote([]byte(filter)), rapid.IntRange(0, 2).Draw(c.t, "granted"))
		section := ""
		if p.version == codec.V5 {
			if !strings.HasPrefix(filter, "$share") && details.Draw(c.t, "no local") == 0 {
				options += ",nolocal"
			}
			if details.Draw(c.t, "numbered") == 0 {
				section = " subscription-id=7"
			}
		}
		c.say(p, fmt.Sprintf("SUBSCRIBE %d %s%s", p.subs, options, section))
	case k < 6:
		f := strings.Join(rapid.SliceOfN(rapid.OneOf(tokens, rapid.SampledFrom([]string{"*"})), 1, 3).Draw(c.t, "tokens"), ".")
		if details.Draw(c.t, "tail") == 0 {
			f += ".>"
		}
		p.subs++
		group := rapid.SampledFrom([]string{"", "", "g ", "h "}).Draw(c.t, "queue")
		c.say(p, fmt.Sprintf("SUB %s %s%d", f, group, p.subs))
	case k < 8:
		c.publish(p, c.invent(p), "before")
	case p.stays:
		c.g.hangUp(p.conn)
		p.conn = nil
	case k == 9 && p.version == 0 && p.subs > 0:
		c.say(p, fmt.Sprintf("UNSUB %d 3", p.subs))
	}
}

// letter is a message to publish.
type letter struct {
	name   string
	qos    uint8
	retain bool
	size   int
}

func (c *crowd) invent(p *person) letter {
	l := letter{
		qos:    uint8(rapid.IntRange(0, 2).Draw(c.t, "qos")),
		retain: details.Draw(c.t, "retain") == 0,
		size:   rapid.SampledFrom([]int{0, 1, 20, 60}).Draw(c.t, "size"),
	}
	if p.version == 0 {
		l.name = c.subject("name")
	} else if l.name = c.topic("topic"); l.name == "" {
		l.name = "a"
	}
	return l
}

// payload begins with a mark, unless it is empty.
func (l letter) payload(mark string) string {
	if l.size == 0 {
		return ""
	}
	return mark + strings.Repeat(".", l.size)
}

func (l letter) headers() string {
	h := fmt.Sprintf("NATS/1.0\r\nMqtt-Qos: %d\r\n", l.qos)
	if l.retain {
		h += "Mqtt-Retain: 1\r\n"
	}
	return h + "\r\n"
}

func (c *crowd) publish(p *person, l letter, mark string) {
	payload := l.payload(mark)
	if p.version == 0 {
		h := l.headers()
		c.g.send(p.conn, fmt.Appendf(nil, "HPUB %s %d %d\r\n%s%s\r\n", l.name, len(h), len(h)+len(payload), h, payload))
		return
	}
	c.next++
	c.g.send(p.conn, codec.AppendPublish(nil, p.version, codec.PublishFlags(l.qos, false, l.retain), []byte(l.name), uint16(c.next), nil, []byte(payload)))
	if l.qos == 2 {
		c.say(p, fmt.Sprintf("PUBREL %d", c.next))
	}
}

// explain asks what would become of a letter.
func (c *crowd) explain(p *person, l letter, mark string) *explain.Publish {
	lane := p.conn.lane
	of := hub.Case{Lane: lane.hub.Index(), Limit: explain.DefaultLimit}
	var who explain.Client
	if s, ok := p.conn.session.(*nats.Session); ok {
		of.From = s.Client(&who)
	} else if of.From, ok = lane.mqtt.Client(p.name, &who); !ok {
		c.t.Fatalf("there is no session of %s", p.name)
	}
	of.Enter = func(_ *hub.Lane, m *message.Message) reason.ID {
		if p.version == 0 {
			m.Begin(message.FromNATS, []byte(l.name), nil, []byte(l.payload(mark)))
			m.Headers = []byte(l.headers())
			return lane.nats.Enter(m)
		}
		m.Begin(message.FromMQTT, []byte(l.name), nil, []byte(l.payload(mark)))
		m.QoS, m.Retain = l.qos, l.retain
		return lane.mqtt.Enter(m, p.version == codec.V5)
	}
	onLane := func(at int, f func(*hub.Lane)) {
		c.g.turn(c.g.lanes[at], func() { f(c.g.lanes[at].hub) })
	}
	var told explain.Publish
	if err := c.g.hub.Explain(context.Background(), onLane, &of, &told); err != nil {
		c.t.Fatal(err)
	}
	return &told
}

func (c *crowd) explainAndPublish() {
	p := c.person()
	l := c.invent(p)
	if l.size == 0 {
		l.size = 1 // copies are told by their payload
	}
	for _, q := range c.people {
		c.read(q)
	}
	before := c.counters()
	told := c.explain(p, l, "mark")
	if after := c.counters(); !slices.Equal(before, after) {
		c.t.Fatalf("explaining counts something: %v, %v", before, after)
	}
	for _, q := range c.people {
		if q.conn != nil && len(q.conn.got) > 0 {
			c.t.Fatalf("%s is sent %q by explaining", q.name, q.conn.got)
		}
	}
	c.publish(p, l, "mark")
	lost := c.lost(before)
	c.finish()
	c.compare(p, told, lost)
}
