package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/isthmus-mq/isthmus/server"
)

// process is what the flags say about the process as a whole.
type process struct {
	cpuQuota    string
	memoryLimit memoryLimit
	gcPercent   int // 0: GOGC, or our default
}

// newSettings are the settings in force when nothing is said.
func newSettings() (server.Options, process, logOptions) {
	return server.Defaults(), process{cpuQuota: quotaFloor, memoryLimit: memoryLimit{auto: true}}, logOptions{}
}

// flagGroup is a section of --help.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

// flagGroups are all flags, in the order of README.md.
func flagGroups(o *server.Options, p *process, l *logOptions) []flagGroup {
	var groups []flagGroup
	group := func(title string) *pflag.FlagSet {
		f := pflag.NewFlagSet(title, pflag.ContinueOnError)
		f.SortFlags = false
		groups = append(groups, flagGroup{title, f})
		return f
	}
	addServing(group("Serving"), o)
	addLimits(group("Limits"), o)
	addNATS(group("NATS"), o)
	addPolicy(group("MQTT"), &o.Policy)
	addRetained(group("MQTT retained messages"), o)
	addSessions(group("MQTT sessions"), o)
	addWatching(group("Watching"), o)
	addProcess(group("Processors and memory"), o, p)
	addSockets(group("Sockets"), o)
	addLog(group("Log"), l)
	return groups
}

func addServing(f *pflag.FlagSet, o *server.Options) {
	f.StringVar(&o.NATS, "nats", o.NATS, "`address` to serve NATS on, host:port; empty: not at all")
	f.StringVar(&o.MQTT, "mqtt", o.MQTT, "`address` to serve MQTT on, host:port; empty: not at all")
	f.StringVar(&o.Mountpoint, "mountpoint", "", "`topic` levels in front of every NATS subject as MQTT\nclients see it; must end in /, and may hold ${username},\n${clientid} and ${peerhost} (default none)")
	f.StringVar(&o.Naming, "naming", "isthmus", "`mode` of mapping topics to subjects: isthmus (lossless)\nor emqx (bare exchange of . and /)")
	f.StringVar(&o.ExpiryHeader, "expiry-header", "mqtt", "`name` of the header that tells NATS clients how long a message\nlives: mqtt (Mqtt-Expiry), nats (Nats-TTL) or both")
	f.StringVar(&o.GroupStrategy, "group-strategy", "random", "how members of a group take turns: random, round-robin,\nsticky, local, hash-topic or hash-publisher")
	f.DurationVar(&o.Heartbeat, "heartbeat", o.Heartbeat, "`time` of silence after which a NATS client is pinged; cut\nafter two unanswered")
}

func addLimits(f *pflag.FlagSet, o *server.Options) {
	f.Var((*size)(&o.MaxPayload), "max-payload", "largest message, `size` in bytes with its headers")
	f.IntVar(&o.MaxConnections, "max-connections", o.MaxConnections, "largest `number` of connections; file descriptors may\nallow fewer")
	f.IntVar(&o.MaxConnRate, "max-conn-rate", o.MaxConnRate, "largest `number` of connections that each listener takes in\na second; others wait for a second at most and are then\nrefused; 0: no limit")
	f.IntVar(&o.MaxHandshakes, "max-handshakes", o.MaxHandshakes, "largest `number` of connections that have not said who they\nare")
	f.DurationVar(&o.ConnectTimeout, "connect-timeout", o.ConnectTimeout, "`time` for an MQTT client to say who it is, and again to\ncomplete its CONNECT")
	f.IntVar(&o.MaxSubscriptions, "max-subscriptions", 0, "largest `number` of subscriptions of one client; 0: no limit")
	f.IntVar(&o.MaxPublishRate, "max-publish-rate", 0, "largest `number` of publishes of one client in a second, above\nwhich it is not read for a while; 0: no limit")
	f.Var((*size)(&o.MaxPublishBytes), "max-publish-bytes", "`size` in bytes of what one client sends in a second,\nlikewise; 0: no limit")
	f.Var((*size)(&o.MaxPending), "max-pending", "output that may wait for one client, `size` in bytes,\nbefore it is cut as a slow consumer")
	f.Var((*size)(&o.MaxOutput), "max-output", "output that may wait for all clients together, `size` in\nbytes, before the one with the most is cut")
}

func addNATS(f *pflag.FlagSet, o *server.Options) {
	f.DurationVar(&o.HeartbeatWait, "heartbeat-wait", 0, "`time` after which a NATS client is cut for one unanswered\nping; 0: after two")
	f.DurationVar(&o.IdleTimeout, "idle-timeout", o.IdleTimeout, "`time` in which the first operation of a NATS client must\ncome; 0: no limit")
	f.StringSliceVar(&o.ClientAdvertise, "client-advertise", nil, "`addresses`, host:port with commas between them, at which NATS\nclients reach this server and others like it (default none)")
	f.Lookup("client-advertise").DefValue = ""
	f.DurationVar(&o.LameDuckGrace, "lame-duck-grace", o.LameDuckGrace, "`time` from SIGUSR2 until the first connection is closed")
	f.DurationVar(&o.LameDuckDuration, "lame-duck-duration", o.LameDuckDuration, "`time` from SIGUSR2 until the last connection is closed")
	f.Var((*size)(&o.MaxControlLine), "max-control-line", "arguments of one NATS operation, `size` in bytes; JWTs may\nneed more")
	f.IntVar(&o.MaxSubjectTokens, "max-subject-tokens", 0, "largest `number` of tokens of a subject that a NATS client\nsubscribes to; 0: no limit")
}

func addPolicy(f *pflag.FlagSet, p *server.MQTTPolicy) {
	f.Uint8Var(&p.MaxQoS, "max-qos", p.MaxQoS, "highest QoS, a `number` from 0 to 2")
	f.BoolVar(&p.Wildcards, "wildcards", p.Wildcards, "wildcards in topic filters")
	f.BoolVar(&p.Shared, "shared-subscriptions", p.Shared, "shared subscriptions")
	f.BoolVar(&p.SubscriptionIDs, "subscription-ids", p.SubscriptionIDs, "subscription identifiers")
	f.Uint16Var(&p.ReceiveMaximum, "receive-maximum", p.ReceiveMaximum, "largest `number` of QoS 2 publishes of one client that are\nnot finished")
	f.Uint16Var(&p.MaxTopicAlias, "max-topic-alias", p.MaxTopicAlias, "largest `number` of topic aliases of one connection, in each\ndirection; 0: none")
	f.DurationVar(&p.MaxKeepAlive, "max-keep-alive", p.MaxKeepAlive, "longest keep alive, a `time`: clients that ask for more, or\nfor none, get this; 0: no bound")
	f.IntVar(&p.MaxTopicLevels, "max-topic-levels", p.MaxTopicLevels, "largest `number` of levels of topics; 0: no bound")
	f.IntVar(&p.MaxTopicLength, "max-topic-length", p.MaxTopicLength, "longest topic, a `number` of bytes")
	f.IntVar(&p.MaxClientID, "max-client-id", p.MaxClientID, "longest client identifier, a `number` of bytes")
	f.IntVar(&p.MaxUserProperties, "max-user-properties", p.MaxUserProperties, "largest `number` of User Properties of one packet; 0: no\nbound")
	f.BoolVar(&p.StrictUTF8, "strict-utf8", p.StrictUTF8, "refuse control characters and noncharacters in MQTT strings")
	f.StringVar(&p.ResponseInformation, "response-information", "", "what response topics begin with, a `text` with ${clientid} for\nclients that ask for it (default none)")
	f.StringVar(&p.ServerReference, "server-reference", "", "other `servers`, host:port with blanks between, for 5.0 clients\nthat find no room here, and at the end (default none)")
	f.BoolVar(&p.RequestTopics, "request-topics", false, "let clients before 5.0 answer requests: they come on topics\nbelow $request, answers go to $response")
	f.BoolVar(&p.ReasonStrings, "reason-strings", false, "tell 5.0 clients in words, too, why something is refused")
}

func addRetained(f *pflag.FlagSet, o *server.Options) {
	f.BoolVar(&o.Policy.Retain, "retain", o.Policy.Retain, "keep retained messages")
	f.BoolVar(&o.NATSRetained, "nats-retained", false, "answer NATS subscriptions with the retained messages that they\nmatch, as MQTT ones are")
	f.IntVar(&o.MaxRetained, "max-retained", o.MaxRetained, "largest `number` of them")
	f.Var((*size)(&o.MaxRetainedBytes), "max-retained-bytes", "and their `size` in bytes")
	f.Var((*size)(&o.MaxRetainedSize), "max-retained-size", "largest of them, `size` in bytes; 0: no limit")
	f.IntVar(&o.Policy.RetainedRate, "retained-rate", 0, "largest `number` of them that one MQTT client is sent in a\nsecond; 0: no limit")
}

func addSessions(f *pflag.FlagSet, o *server.Options) {
	f.IntVar(&o.MaxInflight, "max-inflight", o.MaxInflight, "largest `number` of QoS 1 and 2 messages that an MQTT client has\nnot acknowledged; its Receive Maximum may be less")
	f.IntVar(&o.MaxQueued, "max-queued", o.MaxQueued, "largest `number` of QoS 1 and 2 messages that wait for one MQTT\nsession, unacknowledged ones included")
	f.Var((*size)(&o.MaxQueuedBytes), "max-queued-bytes", "and their `size` in bytes")
	f.Var((*size)(&o.MaxStored), "max-stored", "`size` in bytes of all QoS 1 and 2 messages that wait together")
	f.IntVar(&o.MaxSessions, "max-sessions", o.MaxSessions, "largest `number` of MQTT sessions that outlive their\nconnection")
	f.BoolVar(&o.QueueDropOldest, "queue-drop-oldest", false, "when there is no room, drop what has waited longest instead\nof what comes")
	f.BoolVar(&o.Policy.QueueQoS0, "queue-qos0", false, "keep messages of QoS 0, too, for clients that are away")
	f.DurationVar(&o.MaxSessionExpiry, "max-session-expiry", o.MaxSessionExpiry, "longest `time` for which a session outlives its\nconnection; 0: no bound")
	f.DurationVar(&o.MaxMessageExpiry, "max-message-expiry", 0, "longest `time` for which a message waits for a session, or\nis retained; 0: no bound")
}

func addWatching(f *pflag.FlagSet, o *server.Options) {
	f.DurationVar(&o.SysInterval, "sys-interval", o.SysInterval, "`time` between statistics on MQTT topics below $SYS/broker;\n0: none")
	f.StringVar(&o.Presence, "presence", "off", "`mode` of telling what becomes of clients, below $events: off,\nsessions or subscriptions (these, too)")
	f.StringVar(&o.Monitor, "monitor", "", "`address` to serve nats-server's monitoring documents on, as\n:8222 (default none)")
	f.BoolVar(&o.EnableStats, "enable-stats", o.EnableStats, "let them tell how much each client has sent and been sent")
	f.IntVar(&o.ClosedConnections, "closed-connections", o.ClosedConnections, "`number` of connections that have ended which they tell of;\n0: none")
}

func addProcess(f *pflag.FlagSet, o *server.Options, p *process) {
	f.IntVar(&o.Lanes, "lanes", 0, "`number` of event loops; 0: one for each usable CPU")
	f.StringVar(&p.cpuQuota, "cpu-quota", p.cpuQuota, "`mode` of taking a CPU quota for lanes: floor (rounded down,\nat least 1), runtime (rounded up, at least 2) or ignore")
	f.Var(&p.memoryLimit, "memory-limit", "`size` that Go's memory is to stay below, auto (nine tenths\nof the control group's limit) or off")
	f.IntVar(&p.gcPercent, "gc-percent", 0, "growth of the heap until the next collection, as GOGC, a\n`number` in per cent")
	f.Lookup("gc-percent").DefValue = strconv.Itoa(gcPercent)
	f.Var((*size)(&o.ReadBuffer), "read-buffer", "`size` of the read buffer, once per lane")
}

func addSockets(f *pflag.FlagSet, o *server.Options) {
	f.StringVar(&o.Flush, "flush", "auto", "`policy` of sending: now (with each read), deferred (with\nthose that are about to come) or auto")
	f.IntVar(&o.TCP.Backlog, "listen-backlog", 0, "largest `number` of connections that wait to be accepted;\n0: net.core.somaxconn")
	f.DurationVar(&o.TCP.DeferAccept, "tcp-defer-accept", 0, "`time` for which an MQTT connection may stay in the kernel\nuntil its first bytes come; 0: it is taken at once")
	f.DurationVar(&o.TCP.KeepAlive, "tcp-keep-alive", o.TCP.KeepAlive, "`time` of silence after which the kernel asks for the peer;\ncut after twice that; 0: never")
	f.BoolVar(&o.TCP.Nagle, "tcp-nagle", false, "let the kernel hold small writes back until the one before\nis acknowledged")
	f.Var((*size)(&o.TCP.ReceiveBuffer), "tcp-receive-buffer", "`size` of a socket's receive buffer; 0: the kernel adapts it")
	f.Var((*size)(&o.TCP.SendBuffer), "tcp-send-buffer", "`size` of a socket's send buffer; 0: the kernel adapts it")
	f.DurationVar(&o.TCP.UserTimeout, "tcp-user-timeout", 0, "`time` for which a peer may leave output unacknowledged or\nunread; 0: the kernel's, about 15 minutes")
}

func addLog(f *pflag.FlagSet, l *logOptions) {
	f.StringVar(&l.level, "log-level", "info", "`level` of the log: debug, info, warn, error")
	f.StringVar(&l.format, "log-format", "text", "`format` of the log: text or json")
}

// fromEnvironment sets every flag that was not given and that the environment
// has a value for.
func fromEnvironment(flags *pflag.FlagSet) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "ISTHMUS_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := os.LookupEnv(name)
		if !ok || f.Changed || f.Name == "help" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			errs = append(errs, fmt.Errorf("environment variable %s: %w", name, err))
		}
	})
	return errors.Join(errs...)
}

// size is a flag in bytes, with or without a unit.
type size int

var units = []struct {
	name  string
	bytes int
}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

func (s *size) Set(text string) error {
	number, factor := strings.ToUpper(strings.TrimSpace(text)), 1
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n > math.MaxInt/factor {
		return fmt.Errorf("%q is not a size such as 65536, 64KB or 1MB", text)
	}
	*s = size(n * factor)
	return nil
}

func (s *size) Type() string { return "size" }

func (s *size) String() string {
	n := int(*s)
	for _, u := range units {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.Itoa(n/u.bytes) + u.name
		}
	}
	return strconv.Itoa(n)
}

type logOptions struct{ level, format string }

func (l logOptions) logger(to io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level)); err != nil {
		return nil, fmt.Errorf("--log-level: %q is none of debug, info, warn, error", l.level)
	}
	h := &slog.HandlerOptions{Level: level}
	switch l.format {
	case "text":
		return slog.New(slog.NewTextHandler(to, h)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, h)), nil
	}
	return nil, fmt.Errorf("--log-format: %q is neither text nor json", l.format)
}
