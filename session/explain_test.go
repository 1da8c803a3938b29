package session_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	mqttcodec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/session/nats"
	"github.com/isthmus-mq/isthmus/translate"
)

// Explain foretells who gets a message, in random worlds of clients: what it says is
// held against the publish that follows.

// border is package server's.
type border struct{ g *gateway }

func (b border) FromNATS(mount translate.Mountpoint, subject []byte) ([]byte, reason.ID) {
	canonical := mount.Add(nil, subject)
	return canonical, nats.Publishable(subject, canonical)
}

func (b border) FromMQTT(topic []byte) ([]byte, reason.ID) {
	return b.g.mqttOpts.AppendAddress(nil, b.g.hub.Names(), topic)
}

func (b border) Serves([]byte) bool { return false }

func (g *gateway) explainer() *explain.Service {
	return &explain.Service{
		Hub:    g.hub,
		OnLane: func(i int, f func(*hub.Lane)) { g.turn(g.lanes[i], func() { f(g.lanes[i].hub) }) },
		Border: border{g},

		Publisher: g.publisher,
	}
}

// publisher is explain.Service's.
func (g *gateway) publisher(_ context.Context, client string) (from hub.Sender, ok bool, err error) {
	for _, c := range g.clients {
		d, is := c.session.(session.Describer)
		if !is {
			continue
		}
		var f session.Facts
		d.Describe(&f, false)
		if f.Protocol == "mqtt" && f.Name == client || f.Protocol == "nats" && client == fmt.Sprint("nats-", c.id) {
			return f.Sender, true, nil
		}
	}
	return from, false, nil
}

// world is a gateway with clients that explain calls by these names.
type world struct {
	*gateway
	t     *rapid.T
	names map[*client]string
	list  []*client
	away  map[string]bool // sessions without a connection
	sids  int
	ids   int
	alone bool // no session gets several copies of one message
}

func newWorld(t *rapid.T) *world {
	o := defaultOptions()
	o.groupStrategy = rapid.SampledFrom([]string{"random", "round-robin", "sticky", "local", "hash-topic", "hash-publisher"}).Draw(t, "strategy")
	o.mountpoint = rapid.SampledFrom([]string{"", "", "b/"}).Draw(t, "mountpoint")
	o.maxQueued = rapid.SampledFrom([]int{2, 1000}).Draw(t, "queued") // 2: soon full
	o.policy.QueueQoS0 = rapid.Bool().Draw(t, "queue QoS 0")
	o.dropOldest = rapid.IntRange(0, 3).Draw(t, "drop oldest") == 0
	g, err := newGateway(o, manner{lanes: rapid.IntRange(1, 3).Draw(t, "lanes"), budget: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	// What several copies do to each other in one session that is full is not foretold
	// (docs/explain.md).
	chance := slices.Contains([]string{"random", "sticky", "local"}, o.groupStrategy)
	alone := o.dropOldest || o.maxQueued == 2 && (chance || o.policy.QueueQoS0)
	return &world{alone: alone, gateway: g, t: t, names: make(map[*client]string), away: make(map[string]bool)}
}

func (w *world) nats(echo bool) {
	c := w.openNATS(fmt.Sprint("n", len(w.list)))
	w.names[c] = fmt.Sprint("nats-", c.id)
	w.list = append(w.list, c)
	w.send(c, fmt.Appendf(nil, "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true,\"echo\":%v}\r\nSUB _R.%d me\r\n", echo, len(w.list)))
}

func (w *world) mqtt(v mqttcodec.Version) {
	id := fmt.Sprint("m", len(w.list))
	c := w.openMQTT(id, v)
	w.names[c] = id
	w.list = append(w.list, c)
	if v == mqttcodec.V5 {
		small := ""
		// What is too large and dropped leaves its room to the next copy.
		if w.mqttOpts.Quota.Messages > 2 && rapid.IntRange(0, 2).Draw(w.t, "small") == 0 {
			small = " maximum-packet-size=40"
		}
		w.send(c, packet(w.t, "CONNECT", id+" clean session-expiry=1000"+small, v))
	} else {
		w.send(c, packet(w.t, "CONNECT", id, v))
	}
}

// packet makes a packet of words as a transcript has them.
func packet(t *rapid.T, name, rest string, v mqttcodec.Version) []byte {
	b, err := speakMQTT(v, name+" "+rest)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	worldSubjects = rapid.SampledFrom([]string{"a", "b.a", "b.b", "a.b", "$x.a", "_INBOX.a", "a.+", "b.$x.a"})
	worldTopics   = rapid.SampledFrom([]string{"a", "b/a", "b/b", "a/b", "$x/a", "a.b", "b/$x/a"})
	natsFilters   = rapid.SampledFrom([]string{"a", "b.a", "*.b", "b.>", ">", "*", "a.*", "$x.>"})
	mqttFilters   = rapid.SampledFrom([]string{"a", "b/a", "+/b", "b/#", "#", "+", "a/+", "$x/#", "b/+/a"})
	groupNames    = rapid.SampledFrom([]string{"g", "h"})
)

// happen lets something happen to one of the clients.
func (w *world) happen() {
	t := w.t
	c := w.some("client")
	switch {
	case c.ended:
	case c.version == 0:
		w.sids++
		queue := ""
		if rapid.Bool().Draw(t, "queue") {
			queue = groupNames.Draw(t, "group") + " "
		}
		w.send(c, fmt.Appendf(nil, "SUB %s %s%d\r\n", natsFilters.Draw(t, "filter"), queue, w.sids))
	case rapid.IntRange(0, 7).Draw(t, "leaves") == 0:
		w.hangUp(c)
		w.away[w.names[c]] = true
	default:
		filter := mqttFilters.Draw(t, "filter")
		options := fmt.Sprint(",qos=", rapid.IntRange(0, 2).Draw(t, "qos"))
		if !w.alone && rapid.Bool().Draw(t, "share") {
			filter = "$share/" + groupNames.Draw(t, "group") + "/" + filter
		} else if c.version == mqttcodec.V5 && rapid.IntRange(0, 3).Draw(t, "no local") == 0 {
			options += ",nolocal"
		}
		w.ids++
		w.send(c, packet(t, "SUBSCRIBE", fmt.Sprint(w.ids, " ", filter, options), c.version))
	}
}

// heard is what one client has been sent.
type heard struct {
	copies       int
	acked        bool
	code         mqttcodec.ReasonCode // of the PUBACK
	noResponders bool
}

// take reads what a client has been sent since the last time.
func (w *world) take(c *client) (h heard) {
	in := c.got
	c.got = nil
	if c.version == 0 {
		h.noResponders = strings.Contains(string(in), "NATS/1.0 503")
		h.copies = strings.Count(string(in), "MSG ") - strings.Count(string(in), "NATS/1.0 503")
		return h
	}
	for len(in) > 0 {
		var p mqttcodec.Packet
		n, err := c.read.Next(in, &p)
		if err != nil || n == 0 {
			w.t.Fatalf("a server sends %x: %v", in, err)
		}
		switch p.Type {
		case mqttcodec.TypePublish:
			h.copies++
		case mqttcodec.TypePuback:
			h.acked, h.code = true, p.ReasonCode
		}
		in = in[n:]
	}
	return h
}

// some draws one of the clients.
func (w *world) some(what string) *client {
	return w.list[rapid.IntRange(0, len(w.list)-1).Draw(w.t, what)]
}

// promise is what explain says of connected clients: how many copies each gets, and
// the groups of which chance picks one member.
type promise struct {
	copies map[string]int
	groups []map[string]bool
	maybe  int // of groups, those of which the message may be lost
}

func promiseOf(d *explain.Document) promise {
	p := promise{copies: make(map[string]int)}
	for _, c := range d.Copies {
		if c.Fate == hub.FateDelivered.String() {
			p.copies[c.Client]++
		}
	}
	for _, g := range d.Groups {
		switch {
		case g.Fate != hub.FateDelivered.String():
		case g.Pick != "" && g.Reason == nil:
			p.copies[g.Pick]++
		default:
			among := make(map[string]bool)
			for _, m := range g.Members {
				if m.Fate == hub.FateDelivered.String() {
					among[m.Client] = true
				}
			}
			p.groups = append(p.groups, among)
			if g.Reason != nil {
				p.maybe++
			}
		}
	}
	return p
}

// kept tells whether what came is what was promised: without the sure copies, one for
// a member of each group is left.
func (p promise) kept(got map[string]int) bool {
	rest, left := maps.Clone(got), 0
	for client, n := range p.copies {
		rest[client] -= n
	}
	for _, n := range rest {
		if n < 0 {
			return false
		}
		left += n
	}
	return left <= len(p.groups) && left >= len(p.groups)-p.maybe && assign(p.groups, rest, left)
}

// assign finds for so many of the groups a member that got something.
func assign(groups []map[string]bool, rest map[string]int, left int) bool {
	if left == 0 {
		return true
	}
	if len(groups) == 0 {
		return false
	}
	for client := range groups[0] {
		if rest[client] > 0 {
			rest[client]--
			if assign(groups[1:], rest, left-1) {
				return true
			}
			rest[client]++
		}
	}
	return assign(groups[1:], rest, left)
}

func TestExplainForetellsThePublish(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 3).Draw(t, "nats clients") {
			w.nats(rapid.Bool().Draw(t, "echo"))
		}
		for range rapid.IntRange(1, 4).Draw(t, "mqtt clients") {
			w.mqtt(rapid.SampledFrom([]mqttcodec.Version{mqttcodec.V5, mqttcodec.V5, mqttcodec.V311}).Draw(t, "version"))
		}
		for range rapid.IntRange(1, 15).Draw(t, "happenings") {
			w.happen()
		}
		for range rapid.IntRange(1, 6).Draw(t, "publishes") {
			w.foretell()
		}
	})
}

// foretell asks, publishes, and compares.
func (w *world) foretell() {
	t := w.t
	c := w.some("publisher")
	if c.ended {
		return
	}
	payload := "hi"
	if rapid.IntRange(0, 2).Draw(t, "large") == 0 {
		payload = strings.Repeat("x", 60)
	}
	size := len(payload)
	q := explain.Question{From: w.names[c], QoS: rapid.IntRange(0, 1).Draw(t, "qos"), Limit: 100}
	var publish []byte
	if c.version == 0 {
		q.As, q.Name = explain.AsSubject, worldSubjects.Draw(t, "subject")
		header := fmt.Sprintf("NATS/1.0\r\nMqtt-Qos: %d\r\n\r\n", q.QoS)
		reply := fmt.Sprint("_R.", 1+indexOf(w.list, c))
		publish = fmt.Appendf(nil, "HPUB %s %s %d %d\r\n%s%s\r\n", q.Name, reply, len(header), len(header)+size, header, payload)
		q.Headers, q.Size, q.QoS = []string{fmt.Sprint("Mqtt-Qos: ", q.QoS)}, size, 0
	} else {
		w.ids++
		q.As, q.Name, q.Size = explain.AsTopic, worldTopics.Draw(t, "topic"), size
		publish = packet(t, "PUBLISH", fmt.Sprint(q.Name, " ", payload, " qos=", q.QoS), c.version)
		if q.QoS > 0 {
			publish = packet(t, "PUBLISH", fmt.Sprint(q.Name, " ", payload, " qos=", q.QoS, " id=", w.ids), c.version)
		}
	}
	s := w.explainer()
	d, err := s.Answer(context.Background(), c.lane.hub.Index(), &q)
	if err != nil {
		t.Fatal(err)
	}
	want := promiseOf(d)
	waiting := w.waiting()
	for _, c := range w.list {
		w.take(c)
	}
	w.send(c, publish)
	got := make(map[string]int)
	var told heard
	for _, one := range w.list {
		h := w.take(one)
		if h.copies > 0 {
			got[w.names[one]] = h.copies
		}
		if one == c {
			told = h
		}
	}
	if !want.kept(got) {
		t.Fatalf("%s publishes to %q: %v get it, foretold: %v\n%s", w.names[c], q.Name, got, want, written(d))
	}
	stored := 0
	for id, n := range w.waiting() {
		if w.away[id] {
			stored += n - waiting[id]
		}
	}
	if most := foretoldStored(d); !w.mqttOpts.Quota.DropOldest && stored != most {
		t.Fatalf("%s publishes to %q: kept for %d, foretold: %d\n%s", w.names[c], q.Name, stored, most, written(d))
	}
	if c.version == 0 {
		if told.noResponders != (d.Matched == 0) {
			t.Fatalf("%s publishes to %q: no responders: %v, foretold: %d matched\n%s", w.names[c], q.Name, told.noResponders, d.Matched, written(d))
		}
	}
	w.checkAck(c, told, &q, d)
}

// foretoldStored counts the copies that are kept for somebody who is away.
func foretoldStored(d *explain.Document) (n int) {
	for _, c := range d.Copies {
		if c.Fate == hub.FateStored.String() {
			n++
		}
	}
	for _, g := range d.Groups {
		if g.Fate == hub.FateStored.String() {
			n++
		}
	}
	return n
}

// checkAck holds the PUBACK to a 5.0 publisher against the counts.
func (w *world) checkAck(c *client, told heard, q *explain.Question, d *explain.Document) {
	if c.version != mqttcodec.V5 || q.QoS == 0 || d.Refused != nil {
		return
	}
	want := mqttcodec.CodeSuccess
	switch {
	case d.Full > 0:
		want = mqttcodec.CodeQuotaExceeded
	case d.Matched+d.Stored == 0:
		want = mqttcodec.CodeNoMatchingSubscribers
	}
	if !told.acked || told.code != want {
		w.t.Fatalf("PUBACK %v says %v, foretold: %v\n%s", told.acked, told.code, want, written(d))
	}
}

// waiting asks what waits for each session.
func (w *world) waiting() map[string]int {
	n := make(map[string]int)
	for _, name := range []string{"a", "b/a", "b/b", "a/b", "a.b", "$x/a", "_INBOX/a", "b/$x/a", "b/b/a", "b/b/b", "b/a/b", "b/_INBOX/a", "b/b/$x/a"} {
		d, err := w.explainer().Answer(context.Background(), 0, &explain.Question{Name: name, As: explain.AsTopic, QoS: 1, Limit: 100})
		if err != nil {
			w.t.Fatal(err)
		}
		see := func(list []explain.Copy) {
			for _, c := range list {
				n[c.Client] = max(n[c.Client], c.Waiting)
			}
		}
		see(d.Copies)
		for _, g := range d.Groups {
			see(g.Members)
		}
	}
	return n
}

func written(d *explain.Document) string {
	var b strings.Builder
	_ = d.Write(&b)
	return b.String()
}

func indexOf(list []*client, c *client) int {
	for i := range list {
		if list[i] == c {
			return i
		}
	}
	return -1
}

// A message that asks for nothing but its trace reaches nobody, whoever subscribes.
func TestExplainOfATraceOnlyMessage(t *testing.T) {
	g, err := newGateway(defaultOptions(), manner{lanes: 1, budget: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	d, err := g.explainer().Answer(context.Background(), 0, &explain.Question{
		Name: "a", As: explain.AsSubject, Limit: 1, Headers: []string{"Nats-Trace-Dest: t", "Nats-Trace-Only: true"},
	})
	if err != nil || d.Refused == nil || d.Refused.Name != reason.Of(reason.TraceOnly).Name {
		t.Errorf("%+v, %v", d, err)
	}
}
