package session_test

import (
	"fmt"
	"slices"
	"time"

	mqttcodec "github.com/isthmus-mq/isthmus/codec/mqtt"
	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/presence"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/session/mqtt"
	"github.com/isthmus-mq/isthmus/session/nats"
	"github.com/isthmus-mq/isthmus/translate"
)

// options are what a transcript can choose at its head.
type options struct {
	mountpoint       string
	naming           string
	maxPayload       int
	maxSubscriptions int
	heartbeat        time.Duration
	heartbeatWait    time.Duration
	idleTimeout      time.Duration
	maxControlLine   int
	maxSubjectTokens int
	maxInflight      int
	maxQueued        int
	maxQueuedBytes   int
	maxStored        int
	maxSessions      int
	maxSessionExpiry time.Duration
	groupStrategy    string
	rates            session.Rates
	policy           mqtt.Policy
	dropOldest       bool
	maxRetained      int
	natsRetained     bool
	maxRetainedSize  int
	maxMessageExpiry time.Duration
	connectTimeout   time.Duration
	presence         string
	store            hub.RetainedStore // nil: the hub's own
	sessions         session.Store     // nil: none
}

func defaultOptions() options {
	return options{
		maxPayload:       natscodec.DefaultPayload,
		maxControlLine:   natscodec.DefaultControlLine,
		heartbeat:        60 * time.Second,
		maxInflight:      mqtt.DefaultMaxInflight,
		maxQueued:        mqtt.DefaultMaxQueued,
		maxQueuedBytes:   mqtt.DefaultMaxQueuedBytes,
		maxSessions:      mqtt.DefaultMaxSessions,
		maxSessionExpiry: mqtt.DefaultMaxSessionExpiry,
		groupStrategy:    "round-robin", // random would not replay
		policy:           mqtt.DefaultPolicy(),
		connectTimeout:   mqtt.DefaultConnectTimeout,
	}
}

// manner is how a gateway is driven. No manner may change what a client sees.
type manner struct {
	lanes  int
	budget int  // of one Receive, in bytes
	piece  int  // bytes that a socket takes at once; 0 = all
	eager  bool // a full outbox is flushed in the call
}

// gateway is everything between the sockets, with the engine's order of things:
// a turn is input or mails, then the mails that it made are posted, then output
// leaves, then connections end.
type gateway struct {
	hub      *hub.Hub
	lanes    []*lane
	natsOpts nats.Options
	mqttOpts *mqtt.Options
	how      manner
	now      time.Duration
	clients  map[string]*client
	opened   uint64
}

// lane is one event loop.
type lane struct {
	hub     *hub.Lane
	nats    *nats.Lane
	mqtt    *mqtt.Lane
	buffers session.Buffers
	mails   []*hub.Mail
	dirty   []*client
	drained []*client
	gateway *gateway
	wake    time.Duration // when hub wants to be rung; 0 = never
}

// Now and Wake make a lane its hub.Clock.
func (l *lane) Now() time.Duration    { return l.gateway.now }
func (l *lane) Wake(at time.Duration) { l.wake = at }

// newGateway is put together as package server does it.
func newGateway(o options, how manner) (*gateway, error) {
	mode, err := translate.ParseMode(o.naming)
	if err != nil {
		return nil, err
	}
	names := translate.NewNames(mode)
	mount, err := translate.ParseMountTemplate(names, o.mountpoint)
	if err != nil {
		return nil, err
	}
	strategy, err := hub.ParseStrategy(o.groupStrategy)
	if err != nil {
		return nil, err
	}
	g := &gateway{how: how, clients: make(map[string]*client), now: time.Hour}
	g.mqttOpts = mqtt.NewOptions(o.maxPayload)
	g.mqttOpts.MaxSubscriptions = o.maxSubscriptions
	g.mqttOpts.MaxInflight = o.maxInflight
	g.mqttOpts.Rates, g.mqttOpts.ConnectTimeout = o.rates, o.connectTimeout
	g.mqttOpts.SetPolicy(o.policy)
	g.mqttOpts.Quota = hub.QuotaLimits{Messages: o.maxQueued, Bytes: o.maxQueuedBytes, DropOldest: o.dropOldest}
	g.mqttOpts.Store = o.sessions
	g.mqttOpts.MaxSessions, g.mqttOpts.MaxSessionExpiry = o.maxSessions, o.maxSessionExpiry
	names.StrictUTF8 = g.mqttOpts.Limits.StrictUTF8
	g.natsOpts = nats.Options{
		ServerID:         "NTESTTESTTESTTESTTESTTESTTESTTESTTESTTESTTESTTESTTESTTES",
		ServerName:       "isthmus-test",
		Version:          "2.12.0-isthmus.test",
		Limits:           natscodec.Limits{ControlLine: o.maxControlLine, Payload: o.maxPayload},
		MaxSubscriptions: o.maxSubscriptions,
		MaxSubjectTokens: o.maxSubjectTokens,
		Heartbeat:        o.heartbeat,
		HeartbeatWait:    o.heartbeatWait,
		IdleTimeout:      o.idleTimeout,
		Rates:            o.rates,
		Mount:            mount,
		Retained:         o.natsRetained,
	}
	events, err := presence.ParseMode(o.presence)
	if err != nil {
		return nil, err
	}
	var watcher hub.Presence
	if events != presence.Off {
		watcher = presence.New(events, func() time.Time { return time.UnixMilli(g.now.Milliseconds()) })
	}
	g.hub = hub.New(hub.Options{
		Presence:   watcher,
		ReplyKey:   []byte("the key of transcripts"),
		Lanes:      how.lanes,
		Names:      names,
		Mountpoint: mount.Mountpoint(),
		Strategy:   strategy,
		MaxStored:  o.maxStored,

		RetainedStore: o.store,
		NoRetained:    !o.policy.Retain,
		Retained:      hub.RetainedLimits{Messages: o.maxRetained, MessageBytes: o.maxRetainedSize},
		MaxExpiry:     o.maxMessageExpiry,
		Crossing:      translate.Crossing{StrictUTF8: names.StrictUTF8},
	})
	for i := range how.lanes {
		l := &lane{hub: g.hub.Lane(i), gateway: g}
		l.hub.SetClock(l)
		l.hub.SetPost(func(to int, m *hub.Mail) { g.lanes[to].mails = append(g.lanes[to].mails, m) })
		l.nats = nats.NewLane(l.hub, &g.natsOpts)
		l.mqtt = mqtt.NewLane(l.hub, g.mqttOpts)
		g.lanes = append(g.lanes, l)
	}
	return g, nil
}

// openNATS accepts a NATS connection on the next lane.
func (g *gateway) openNATS(name string) *client {
	c := g.add(name)
	g.enroll(c, int(c.id)%g.how.lanes)
	return c
}

// openMQTT accepts an MQTT connection, which gets its lane with its CONNECT.
func (g *gateway) openMQTT(name string, v mqttcodec.Version) *client {
	c := g.add(name)
	c.version = v
	c.read.Init(mqttcodec.FromServer, &mqttcodec.Limits{StrictUTF8: g.mqttOpts.StrictUTF8})
	c.read.SetVersion(v)
	return c
}

func (g *gateway) add(name string) *client {
	g.opened++
	c := &client{name: name, gateway: g, id: g.opened}
	g.clients[name] = c
	return c
}

func (g *gateway) enroll(c *client, at int) {
	c.lane = g.lanes[at]
	c.out.Init(c, &c.lane.buffers)
	g.turn(c.lane, func() {
		if c.version == 0 {
			c.session = c.lane.nats.NewSession(c)
		} else {
			c.session = c.lane.mqtt.NewSession(c)
		}
		c.session.Open()
		if len(c.first) > 0 && c.why == reason.None {
			c.session.Input(c.first)
		}
	})
}

// send is one read from the client's socket.
func (g *gateway) send(c *client, in []byte) {
	switch {
	case c.ended:
	case c.heldUntil != 0:
		c.rest = append(c.rest, in...)
	case c.session == nil:
		c.first = append(c.first, in...)
		hash, pinned, decided := g.mqttOpts.Home(c.first)
		if !decided {
			return
		}
		if !pinned {
			hash = c.id
		}
		g.enroll(c, int(hash%uint64(g.how.lanes)))
	default:
		// The input dies with the call, and whoever kept it will see.
		buf := slices.Clone(in)
		g.turn(c.lane, func() { c.session.Input(buf) })
		for i := range buf {
			buf[i] = 0xEE
		}
	}
	g.settle()
}

// hangUp is the client's end of its connection.
func (g *gateway) hangUp(c *client) {
	if c.why == reason.None {
		c.why = reason.ClientClosed
	}
	if c.session == nil {
		c.ended = true
		return
	}
	g.turn(c.lane, c.end)
	g.settle()
}

// announce lets all sessions tell what has changed about the server.
func (g *gateway) announce() {
	for _, name := range g.names() {
		c := g.clients[name]
		if a, ok := c.session.(interface{ Announce() }); ok {
			g.turn(c.lane, a.Announce)
		}
	}
}

// pass lets time pass: timers run in their order, those of clients first.
func (g *gateway) pass(d time.Duration) {
	until := g.now + d
	for {
		var next *client
		var lane *lane
		at := until + 1
		for _, c := range g.clients {
			due := c.deadline
			if c.heldUntil != 0 && (due == 0 || c.heldUntil < due) {
				due = c.heldUntil
			}
			if due != 0 && (due < at || due == at && next != nil && c.name < next.name) {
				next, at = c, due
			}
		}
		for _, l := range g.lanes {
			if l.wake != 0 && l.wake < at {
				lane, at = l, l.wake
			}
		}
		switch {
		case lane != nil:
			g.now, lane.wake = max(at, g.now), 0
			g.turn(lane, lane.hub.Ring)
		case next != nil && next.heldUntil == at:
			g.now = at
			in := next.rest
			next.rest, next.heldUntil = nil, 0
			if len(in) > 0 && next.session != nil && next.why == reason.None {
				g.turn(next.lane, func() { next.session.Input(in) })
			}
		case next != nil:
			g.now, next.deadline = at, 0
			g.turn(next.lane, func() { next.session.Timer() })
		default:
			g.now = until
			return
		}
		g.settle()
	}
}

// turn is one turn of a lane.
func (g *gateway) turn(l *lane, f func()) {
	l.hub.BeginTurn()
	f()
	l.hub.EndTurn()
	for len(l.dirty) > 0 {
		c := l.dirty[0]
		l.dirty = l.dirty[1:]
		c.dirty = false
		if c.ended {
			c.out.Discard()
			continue
		}
		c.flush()
		if c.why != reason.None {
			l.hub.BeginTurn()
			c.end()
			l.hub.EndTurn()
		}
	}
}

// settle delivers mails, and lets sessions go on, until nothing is left.
func (g *gateway) settle() {
	for again := true; again; {
		again = false
		for _, l := range g.lanes {
			if len(l.mails) > 0 {
				again = true
				g.turn(l, func() { l.receive(g.how.budget) })
			}
			if len(l.drained) > 0 {
				again = true
				c := l.drained[0]
				l.drained = l.drained[1:]
				c.awaits = false
				if c.session != nil && c.why == reason.None {
					g.turn(l, c.session.Drained)
				}
			}
		}
	}
}

// receive takes the first mail, up to a budget.
func (l *lane) receive(budget int) {
	if _, done := l.hub.Receive(l.mails[0], budget); done {
		l.mails[0].Done()
		l.mails = l.mails[1:]
	}
}

// names are those of all clients so far, in order.
func (g *gateway) names() (list []string) {
	for name := range g.clients {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// lent is the number of output buffers in use.
func (g *gateway) lent() (n int) {
	for _, l := range g.lanes {
		n += l.buffers.Lent()
	}
	return n
}

// shut closes everything and tells what was left behind.
func (g *gateway) shut() error {
	for _, name := range g.names() {
		if c := g.clients[name]; !c.ended {
			g.hangUp(c)
		}
	}
	g.pass(g.mqttOpts.MaxSessionExpiry + time.Second) // sessions that outlive their connection
	if n := g.hub.Subscriptions(); n != 0 {
		return fmt.Errorf("%d subscriptions left behind", n)
	}
	if n := g.hub.Stored(); n != 0 {
		return fmt.Errorf("%d bytes of quotas not given back", n)
	}
	if n := g.mqttOpts.Persistent(); n != 0 {
		return fmt.Errorf("%d persistent sessions left behind", n)
	}
	if n := g.hub.Clients().Counts(); n.Connected != 0 || n.Absent != 0 {
		return fmt.Errorf("%d clients and %d absent ones left behind", n.Connected, n.Absent)
	}
	if n := g.hub.StoredCopies(); n != 0 {
		return fmt.Errorf("%d copies of quotas not given back", n)
	}
	if n := g.hub.SharedSubscriptions(); n != 0 {
		return fmt.Errorf("%d shared subscriptions left behind", n)
	}
	if n := g.lent(); n != 0 {
		return fmt.Errorf("%d output buffers not returned", n)
	}
	return nil
}
