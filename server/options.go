package server

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"strings"
	"time"

	codec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/engine"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/monitor"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/session/mqtt"
	"github.com/isthmus-mq/isthmus/translate"
)

// MQTTPolicy is what is on offer to MQTT clients.
type MQTTPolicy = mqtt.Policy

// Options of a server. Start from Defaults.
type Options struct {
	NATS string // listen address host:port; empty = no NATS listener
	MQTT string // listen address host:port; empty = no MQTT listener

	Mountpoint string // where NATS clients live, for example "dev/eu/" or "dev/${username}/"; empty = at the root
	Naming     string // naming mode: isthmus or emqx
	// ExpiryHeader is how NATS clients are told of a Message Expiry Interval: mqtt,
	// nats or both; empty = mqtt.
	ExpiryHeader string

	Lanes            int // event loops; 0 = usable CPUs
	ReadBuffer       int // bytes, per lane
	MaxPayload       int // bytes of one message, headers included
	MaxConnections   int
	MaxConnRate      int           // connections that each listener takes in a second; 0 = no limit
	MaxHandshakes    int           // connections that have not said enough about themselves
	ConnectTimeout   time.Duration // for which they may be silent, and MQTT clients take to a complete CONNECT
	MaxSubscriptions int           // per client; 0 = no limit
	MaxControlLine   int           // bytes of the arguments of one NATS operation
	MaxSubjectTokens int           // tokens of a subject that a NATS client subscribes to; 0 = no limit
	MaxPending       int           // bytes that may wait for one client
	MaxOutput        int           // bytes that may wait for all clients together
	MaxPublishRate   int           // publishes of one client in a second; 0 = no limit
	MaxPublishBytes  int           // bytes from one client in a second; 0 = no limit
	Heartbeat        time.Duration // of silence after which a NATS client is pinged
	HeartbeatWait    time.Duration // for the answer; 0 = until two PINGs are unanswered
	IdleTimeout      time.Duration // until the first operation of a NATS client is there; 0 = no limit
	ClientAdvertise  []string      // host:port at which NATS clients reach this server and others like it
	LameDuckGrace    time.Duration // until LameDuck closes the first connection
	LameDuckDuration time.Duration // until LameDuck has closed the last, the grace included
	Flush            string        // when output leaves: auto, now or deferred
	TCP              engine.TCP    // of the sockets of all listeners

	MaxInflight      int           // unacknowledged messages of QoS 1 to one MQTT client
	MaxQueued        int           // messages of QoS 1 that wait for one MQTT session
	MaxQueuedBytes   int           // and their bytes
	MaxStored        int           // bytes of all of them together
	MaxSessions      int           // MQTT sessions that may outlive their connection
	MaxSessionExpiry time.Duration // and for how long; 0 = no bound
	GroupStrategy    string        // see hub.Strategy
	QueueDropOldest  bool          // what has waited longest goes when there is no room, instead of what comes
	NATSRetained     bool          // NATS subscriptions are answered with retained messages
	MaxRetained      int           // retained messages
	MaxRetainedBytes int           // and their bytes
	MaxRetainedSize  int           // bytes of one of them; 0 = no limit
	MaxMessageExpiry time.Duration // for which messages are kept for sessions and retained; 0 = no bound
	Policy           MQTTPolicy
	SysInterval      time.Duration // of $SYS/broker topics; 0 = none
	Presence         string        // what is published of clients: off, sessions or subscriptions

	Monitor           string // listen address host:port of the monitoring documents; empty = none
	ClosedConnections int    // how many that have ended the documents tell of; 0 = none
	EnableStats       bool   // they tell how many messages each client has sent and been sent

	Version string // of the product, for INFO and logs
	Logger  *slog.Logger
}

// Defaults returns the options in force when nothing is said.
func Defaults() Options {
	return Options{
		NATS:           ":4222",
		MQTT:           ":1883",
		ReadBuffer:     engine.DefaultReadBuffer,
		MaxPayload:     codec.DefaultPayload,
		MaxConnections: engine.DefaultMaxConnections,
		MaxHandshakes:  engine.DefaultMaxEntering,
		ConnectTimeout: mqtt.DefaultConnectTimeout,
		MaxPending:     engine.DefaultMaxPending,
		MaxOutput:      engine.DefaultMaxOutput,
		MaxControlLine: codec.DefaultControlLine,
		Heartbeat:      DefaultHeartbeat,
		IdleTimeout:    DefaultIdleTimeout,
		TCP:            engine.TCP{KeepAlive: DefaultTCPKeepAlive},
		Version:        "dev",

		MaxInflight:      mqtt.DefaultMaxInflight,
		MaxQueued:        mqtt.DefaultMaxQueued,
		MaxQueuedBytes:   mqtt.DefaultMaxQueuedBytes,
		MaxStored:        DefaultMaxStored,
		MaxSessions:      mqtt.DefaultMaxSessions,
		MaxSessionExpiry: mqtt.DefaultMaxSessionExpiry,
		MaxRetained:      DefaultMaxRetained,
		MaxRetainedBytes: DefaultMaxRetainedBytes,
		Policy:           mqtt.DefaultPolicy(),
		SysInterval:      DefaultSysInterval,

		ClosedConnections: monitor.DefaultClosed,
		EnableStats:       true,
		LameDuckGrace:     DefaultLameDuckGrace,
		LameDuckDuration:  DefaultLameDuckDuration,
	}
}

const (
	// DefaultHeartbeat is EMQX's default_heartbeat_interval.
	DefaultHeartbeat = 60 * time.Second
	// DefaultIdleTimeout is EMQX's idle_timeout. nats-server has no such bound; its
	// clients send CONNECT at once.
	DefaultIdleTimeout = 30 * time.Second
	// DefaultLameDuckGrace and DefaultLameDuckDuration are nats-server's.
	DefaultLameDuckGrace    = 10 * time.Second
	DefaultLameDuckDuration = 2 * time.Minute
	// maxMaxControlLine: what a subscription keeps of a line is counted in 16 bits.
	maxMaxControlLine = 65535
	// DefaultTCPKeepAlive finds peers that have vanished and that nobody else asks
	// for: MQTT clients with keep alive 0. It is longer than the silence of all
	// others, and of most address translation, so that these cause no packets and
	// wake no radio.
	DefaultTCPKeepAlive = 5 * time.Minute
	// DefaultSysInterval is Mosquitto's sys_interval.
	DefaultSysInterval = 10 * time.Second
	// maxLanes is far above what one machine has, and small enough that pairs
	// of lanes cost nothing.
	maxLanes = 256
	// maxMaxPayload is nats-server's limit for max_payload in bytes.
	maxMaxPayload = 64 << 20
	// DefaultMaxStored leaves room for the rest on a small machine.
	DefaultMaxStored = 1 << 30
	// DefaultMaxRetained and DefaultMaxRetainedBytes leave room for a message from
	// each of very many devices.
	DefaultMaxRetained      = 10_000_000
	DefaultMaxRetainedBytes = 1 << 30
)

// check completes the options and says which one cannot be.
func (o *Options) check() (translate.Names, translate.MountTemplate, error) {
	if o.Lanes == 0 {
		o.Lanes = min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	mode, err := translate.ParseMode(o.Naming)
	if err != nil {
		return translate.Names{}, translate.MountTemplate{}, err
	}
	names := translate.NewNames(mode)
	mount, err := translate.ParseMountTemplate(names, o.Mountpoint)
	return names, mount, errors.Join(err,
		checkMountpoint(mount.Mountpoint()),
		within("lanes", o.Lanes, 1, maxLanes),
		within("read-buffer", o.ReadBuffer, 4<<10, 64<<20),
		within("max-payload", o.MaxPayload, 1, maxMaxPayload),
		within("max-connections", o.MaxConnections, 1, 1<<30),
		within("max-conn-rate (0: no limit)", o.MaxConnRate, 0, 1<<30),
		within("max-handshakes", o.MaxHandshakes, 1, 1<<30),
		within("connect-timeout in milliseconds", int(o.ConnectTimeout.Milliseconds()), 100, 1<<40),
		within("max-subscriptions", o.MaxSubscriptions, 0, 1<<30),
		within("max-control-line", o.MaxControlLine, 256, maxMaxControlLine),
		within("max-subject-tokens", o.MaxSubjectTokens, 0, maxMaxControlLine),
		within("max-pending", o.MaxPending, 64<<10, 1<<40),
		within("max-output", o.MaxOutput, 64<<10, 1<<50),
		within("max-publish-rate", o.MaxPublishRate, 0, 1<<30),
		within("max-publish-bytes", o.MaxPublishBytes, 0, 1<<40),
		within("max-inflight", o.MaxInflight, 1, 65535),
		within("max-queued", o.MaxQueued, 1, hub.MaxQuotaMessages),
		within("max-queued-bytes", o.MaxQueuedBytes, 64<<10, 1<<40),
		within("max-stored", o.MaxStored, 64<<10, 1<<50),
		within("max-sessions", o.MaxSessions, 0, 1<<30),
		within("max-session-expiry in seconds (0: no bound)", int((o.MaxSessionExpiry+time.Second-1)/time.Second), 0, 1<<32),
		within("heartbeat in milliseconds", int(o.Heartbeat.Milliseconds()), 100, 1<<40),
		within("closed-connections", o.ClosedConnections, 0, 10_000_000),
		unless(o.HeartbeatWait == 0, within("heartbeat-wait in milliseconds (0: two unanswered PINGs)", int(o.HeartbeatWait.Milliseconds()), 100, 1<<40)),
		unless(o.IdleTimeout == 0, within("idle-timeout in milliseconds (0: no limit)", int(o.IdleTimeout.Milliseconds()), 100, 1<<40)),
		within("lame-duck-grace in milliseconds", int(o.LameDuckGrace.Milliseconds()), 0, 1<<40),
		within("lame-duck-duration in milliseconds", int(o.LameDuckDuration.Milliseconds()), 0, 1<<40),
		checkAdvertised(o.ClientAdvertise),
		within("max-retained", o.MaxRetained, 1, 1<<40),
		within("max-retained-bytes", o.MaxRetainedBytes, 64<<10, 1<<50),
		within("max-retained-size (0: no limit)", o.MaxRetainedSize, 0, 1<<40),
		unless(o.MaxMessageExpiry == 0, within("max-message-expiry in seconds (0: no bound)", int(o.MaxMessageExpiry/time.Second), 1, 1<<32-1)),
		unless(o.SysInterval == 0, within("sys-interval in milliseconds (0: none)", int(o.SysInterval.Milliseconds()), 100, 1<<40)),
		checkPolicy(&o.Policy),
		checkTCP(&o.TCP),
	)
}

// checkMountpoint keeps NATS clients out of what the server itself publishes.
func checkMountpoint(mount translate.Mountpoint) error {
	for _, root := range []string{hub.StatisticsRoot, hub.EventsRoot} {
		first, _, _ := bytes.Cut(mount.Prefix(), []byte("."))
		if own, _, _ := strings.Cut(root, "."); string(first) == own {
			return fmt.Errorf("mountpoint: what begins with %s/ is the server's", own)
		}
	}
	return nil
}

func checkPolicy(p *mqtt.Policy) error {
	return errors.Join(
		within("max-qos", int(p.MaxQoS), 0, 2),
		within("receive-maximum", int(p.ReceiveMaximum), 1, 65535),
		within("max-keep-alive in seconds (0: no bound)", int((p.MaxKeepAlive+time.Second-1)/time.Second), 0, 65535),
		within("max-topic-levels", p.MaxTopicLevels, 0, 65535),
		within("max-topic-length", p.MaxTopicLength, 1, 65535),
		within("max-client-id", p.MaxClientID, 1, 65535),
		within("max-user-properties (0: no bound)", p.MaxUserProperties, 0, 1<<30),
		within("retained-rate (0: no bound)", p.RetainedRate, 0, int(time.Second)),
		p.CheckWords(),
	)
}

// checkTCP holds the options of sockets within what the kernel takes, and
// timeouts above what would cut clients that are well.
func checkTCP(o *engine.TCP) error {
	return errors.Join(
		unless(o.KeepAlive == 0, within("tcp-keep-alive in seconds (0: none)", int(o.KeepAlive/time.Second), 1, 32767)),
		unless(o.UserTimeout == 0, within("tcp-user-timeout in milliseconds (0: the kernel's)", int(o.UserTimeout.Milliseconds()), 1000, 1<<31-1)),
		unless(o.SendBuffer == 0, within("tcp-send-buffer (0: the kernel adapts it)", o.SendBuffer, 4<<10, 1<<30-1)),
		unless(o.ReceiveBuffer == 0, within("tcp-receive-buffer (0: the kernel adapts it)", o.ReceiveBuffer, 4<<10, 1<<30-1)),
		unless(o.DeferAccept == 0, within("tcp-defer-accept in seconds (0: not at all)", int(o.DeferAccept/time.Second), 1, 127)),
		unless(o.Backlog == 0, within("listen-backlog (0: the kernel's)", o.Backlog, 1, 1<<31-1)),
	)
}

func checkAdvertised(addresses []string) error {
	for _, address := range addresses {
		host, text, err := net.SplitHostPort(address)
		port, bad := strconv.ParseUint(text, 10, 16)
		if err != nil || bad != nil || host == "" || port == 0 {
			return fmt.Errorf("client-advertise: %q is not host:port", address)
		}
	}
	return nil
}

func (o *Options) rates() session.Rates {
	return session.Rates{Messages: o.MaxPublishRate, Bytes: o.MaxPublishBytes}
}

func unless(unset bool, err error) error {
	if unset {
		return nil
	}
	return err
}

func within(name string, v, least, most int) error {
	if v < least || v > most {
		return fmt.Errorf("%s: %d is not between %d and %d", name, v, least, most)
	}
	return nil
}
