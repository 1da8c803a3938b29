package server

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/engine"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/monitor"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session/mqtt"
	"github.com/isthmus-mq/isthmus/session/nats"
	"github.com/isthmus-mq/isthmus/system"
	"github.com/isthmus-mq/isthmus/translate"
)

// The names of the listeners.
const (
	ListenerNATS = "nats"
	ListenerMQTT = "mqtt"
)

// natsVersion is what INFO calls the version. Clients derive abilities from
// it, so it begins with the nats-server release whose core protocol is spoken.
const natsVersion = "2.12.0"

// Server is a running gateway.
type Server struct {
	opts   Options
	hub    *hub.Hub
	engine *engine.Engine
	mqtt   *mqtt.Options
	nats   *nats.Options
	report *reporter

	identity identity
	requests *system.Services
	closed   *monitor.Closed
	monitor  *monitor.Monitor
	pages    *monitor.Server // nil: they are not served
	draining atomic.Bool
}

// Start checks the options and runs a server with them. On error nothing is
// left running.
func Start(o Options) (*Server, error) {
	names, mount, err := o.check()
	if err != nil {
		return nil, err
	}
	strategy, err := hub.ParseStrategy(o.GroupStrategy)
	if err != nil {
		return nil, err
	}
	expiry, err := translate.ParseExpiryHeader(o.ExpiryHeader)
	if err != nil {
		return nil, err
	}
	flush, err := engine.ParseFlushPolicy(o.Flush)
	if err != nil {
		return nil, err
	}
	events, err := newPresence(o.Presence)
	if err != nil {
		return nil, err
	}
	mqttOpts := mqtt.NewOptions(o.MaxPayload)
	mqttOpts.MaxSubscriptions = o.MaxSubscriptions
	mqttOpts.MaxInflight = o.MaxInflight
	mqttOpts.SetPolicy(o.Policy)
	mqttOpts.Rates, mqttOpts.ConnectTimeout = o.rates(), o.ConnectTimeout
	mqttOpts.Quota = hub.QuotaLimits{Messages: o.MaxQueued, Bytes: o.MaxQueuedBytes, DropOldest: o.QueueDropOldest}
	mqttOpts.MaxSessions, mqttOpts.MaxSessionExpiry = o.MaxSessions, o.MaxSessionExpiry
	// What one side lets in, the other must be able to carry.
	names.StrictUTF8 = mqttOpts.Limits.StrictUTF8
	h := hub.New(hub.Options{
		Lanes:      o.Lanes,
		Names:      names,
		Mountpoint: mount.Mountpoint(),
		Strategy:   strategy,
		MaxStored:  o.MaxStored,

		NoRetained: !o.Policy.Retain,
		Retained:   hub.RetainedLimits{Messages: o.MaxRetained, Bytes: int64(o.MaxRetainedBytes), MessageBytes: o.MaxRetainedSize},
		MaxExpiry:  o.MaxMessageExpiry.Truncate(time.Second),
		Presence:   events,
		Crossing:   translate.Crossing{StrictUTF8: mqttOpts.Limits.StrictUTF8, Expiry: expiry},
	})
	s := &Server{opts: o, hub: h, mqtt: mqttOpts, identity: newIdentity(o.Version), closed: monitor.NewClosed(o.ClosedConnections)}
	s.engine, err = engine.Start(engine.Options{
		Hub:            h,
		ReadBuffer:     o.ReadBuffer,
		MaxPending:     o.MaxPending,
		MaxOutput:      o.MaxOutput,
		MaxConnections: o.MaxConnections,
		MaxConnRate:    o.MaxConnRate,
		MaxEntering:    o.MaxHandshakes,
		DoorTimeout:    o.ConnectTimeout,
		Flush:          flush,
		TCP:            o.TCP,
		Closed:         s.ended,
		Logger:         o.Logger,
	})
	if err != nil {
		return nil, err
	}
	s.requests = system.New(s.engine.OnLane)
	s.nats = s.natsOptions(mount)
	s.monitor = s.newMonitor()
	s.register()
	if o.Monitor != "" {
		if s.pages, err = s.monitor.Listen(o.Monitor, o.Logger); err != nil {
			return nil, errors.Join(err, s.engine.Stop())
		}
	}
	s.requests.Start()
	if err := s.listen(); err != nil {
		s.stopMonitor()
		return nil, errors.Join(err, s.engine.Stop())
	}
	if s.pages != nil {
		s.pages.Serve()
	}
	s.report = startReporter(s, o.Logger)
	s.publishStatistics()
	return s, nil
}

func (s *Server) natsOptions(mount translate.MountTemplate) *nats.Options {
	o := &nats.Options{
		ServerID:         s.identity.id,
		ServerName:       s.identity.name,
		Version:          s.identity.version,
		Limits:           codec.Limits{ControlLine: s.opts.MaxControlLine, Payload: s.opts.MaxPayload},
		MaxSubscriptions: s.opts.MaxSubscriptions,
		MaxSubjectTokens: s.opts.MaxSubjectTokens,
		Heartbeat:        s.opts.Heartbeat,
		HeartbeatWait:    s.opts.HeartbeatWait,
		IdleTimeout:      s.opts.IdleTimeout,
		Rates:            s.opts.rates(),
		Mount:            mount,
		Retained:         s.opts.NATSRetained,
		Requests:         s.requests,
	}
	o.Announced.Advertise(s.opts.ClientAdvertise)
	return o
}

func (s *Server) listen() error {
	if s.opts.NATS != "" {
		if err := s.engine.Listen(ListenerNATS, s.opts.NATS, NewNATS(s.hub, s.nats)); err != nil {
			return err
		}
	}
	if s.opts.MQTT != "" {
		return s.engine.Listen(ListenerMQTT, s.opts.MQTT, NewMQTT(s.hub, s.mqtt))
	}
	return nil
}

// Addr is where a listener listens; nil when it does not.
func (s *Server) Addr(listener string) net.Addr { return s.engine.Addr(listener) }

// Lanes is the number of event loops.
func (s *Server) Lanes() int { return s.hub.Lanes() }

// MaxConnections is the limit in force, which file descriptors may make
// smaller than the option.
func (s *Server) MaxConnections() int { return s.engine.MaxConnections() }

// Connections is the number of connections.
func (s *Server) Connections() int { return s.engine.Connections() }

// Subscriptions is the number of subscriptions.
func (s *Server) Subscriptions() int { return s.hub.Subscriptions() }

// Sessions is the number of MQTT sessions that may outlive their connection.
func (s *Server) Sessions() int { return s.mqtt.Persistent() }

// Stored is the number of bytes of messages of QoS 1 that are unacknowledged or
// waiting.
func (s *Server) Stored() int { return int(s.hub.Stored()) }

// Traffic sums what was published and delivered.
func (s *Server) Traffic() hub.Traffic { return s.hub.Traffic() }

// Count is how often a reason applied.
func (s *Server) Count(id reason.ID) uint64 { return s.engine.Count(id) }

// BuffersLent is the number of output buffers in use.
func (s *Server) BuffersLent() int { return s.engine.BuffersLent() }

// Shutdown drains: no new connections, every client is told as its protocol
// allows, output is sent. It returns when all are gone, or, with an error,
// when ctx is done; either way the server has stopped then.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	err := s.engine.Drain(ctx, reason.Shutdown)
	if n := s.Sessions(); n > 0 {
		s.opts.Logger.Warn("MQTT sessions end with the process, and with them what waits for their clients",
			"sessions", n, "bytes", s.Stored())
	}
	s.stopMonitor()
	s.report.stop()
	return errors.Join(err, s.engine.Stop())
}

// stopMonitor ends what asks the lanes, before they end.
func (s *Server) stopMonitor() {
	s.requests.Stop()
	if s.pages != nil {
		s.pages.Stop()
	}
}
