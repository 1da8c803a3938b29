package server

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/monitor"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/session/nats"
)

// watched is the server as package monitor sees it.
type watched struct{ *Server }

func (s *Server) newMonitor() *monitor.Monitor {
	return monitor.New(monitor.Options{
		ID: s.identity.id, Name: s.identity.name, Version: s.identity.version, Start: s.engine.Started(),
		MaxConnections: s.engine.MaxConnections(), MaxSubscriptions: s.opts.MaxSubscriptions,
		MaxPayload: s.opts.MaxPayload, MaxPending: s.opts.MaxPending, MaxControlLine: s.opts.MaxControlLine,
		MaxInflight: s.opts.MaxInflight, ConnectTimeout: s.mqtt.ConnectTimeout,
		Heartbeat: s.opts.Heartbeat, MaxPings: nats.MaxPings,
	}, s.closed, watched{s})
}

// Connections is monitor.Source's.
func (w watched) Connections(ctx context.Context, list func(cid uint64) bool, piece func([]monitor.Connection)) error {
	var seen []monitor.Connection
	return w.engine.Survey(ctx, list, func(facts []session.Facts) {
		seen = seen[:0]
		for i := range facts {
			seen = append(seen, w.connection(&facts[i]))
		}
		piece(seen)
	})
}

// connection says the same in monitor's words.
func (s *Server) connection(f *session.Facts) monitor.Connection {
	start := s.engine.Started()
	c := monitor.Connection{
		CID: f.ID, Protocol: f.Protocol, Remote: f.Remote,
		Start: start.Add(f.Since), Last: start.Add(f.Heard), RTT: f.RTT, Pending: f.Pending,
		Subscriptions: f.Subscriptions,
		Name:          f.Name, User: f.User, Language: f.Language, Version: f.Version,
	}
	for i := range f.List {
		sub := &f.List[i]
		c.List = append(c.List, monitor.Subscription{
			Filter: filter{s.hub, sub.Subscription}, Queue: sub.Group.Name,
			SID: sub.Key, Max: sub.Max,
		})
	}
	if s.opts.EnableStats {
		c.InMsgs, c.InBytes, c.OutMsgs, c.OutBytes = f.In.Messages, f.In.Bytes, f.Out.Messages, f.Out.Bytes
		for i := range f.List {
			c.List[i].Msgs = f.List[i].Delivered
		}
	}
	return c
}

// ended notes a connection that has ended. It is called on the connection's lane.
func (s *Server) ended(f *session.Facts, why reason.ID, now time.Duration) {
	c := s.connection(f)
	c.Stop, c.Reason = s.engine.Started().Add(now), closedState(why)
	s.closed.Add(&c)
}

// filter is monitor.Filter.
type filter struct {
	hub  *hub.Hub
	what hub.Subscription
}

func (f filter) Subject() string {
	subject := f.what.Filter.Pattern
	switch {
	case f.what.Filter.Tail == 0:
		return subject
	case subject == "":
		return ">"
	}
	return subject + ".>"
}

func (f filter) Reaches(subject string) bool { return f.hub.Reaches([]byte(subject), &f.what) }

// Counters is monitor.Source's.
func (w watched) Counters() monitor.Counters {
	t, c := w.hub.Traffic(), w.hub.Clients().Counts()
	return monitor.Counters{
		Connections: w.Server.Connections(), Subscriptions: w.hub.Subscriptions(), Accepted: uint64(c.Accepted),
		InMsgs: t.In, InBytes: t.InBytes, OutMsgs: t.Out, OutBytes: t.OutBytes,
		SlowConsumers:    w.Count(reason.SlowConsumer) + w.Count(reason.OutputBudget),
		StaleConnections: w.Count(reason.StaleConnection) + w.Count(reason.KeepAliveTimeout),
		Stalled:          w.Count(reason.LaneBusy),
	}
}

// Index is monitor.Source's.
func (w watched) Index(ctx context.Context) (monitor.Index, error) {
	f, err := w.engine.Fanout(ctx)
	x := w.hub.Index()
	to := monitor.Index{
		Subscriptions: x.Subscriptions, Cached: f.Routes, MaxFanout: f.Most,
		Inserted: x.Inserted, Removed: x.Removed, Matched: x.Routed,
	}
	if f.Routes > 0 {
		to.AvgFanout = float64(f.Sum) / float64(f.Routes)
	}
	if x.Routed > 0 {
		to.HitRate = float64(x.Routed-x.Looked) / float64(x.Routed)
	}
	return to, err
}

// Listeners is monitor.Source's.
func (w watched) Listeners() monitor.Listeners {
	return monitor.Listeners{NATS: w.Addr(ListenerNATS), MQTT: w.Addr(ListenerMQTT), Monitor: w.MonitorAddr()}
}

// Ready is monitor.Source's.
func (w watched) Ready() error {
	if w.draining.Load() {
		return errors.New("the server is stopping")
	}
	return nil
}

// MonitorAddr is where the documents of monitoring are; nil when they are not.
func (s *Server) MonitorAddr() net.Addr {
	if s.pages == nil {
		return nil
	}
	return s.pages.Addr()
}
