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
	return server.Defaults(), process{cpuQuota: quotaRuntime, memoryLimit: memoryLimit{auto: true}}, logOptions{}
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
	f.StringVar(&o.Mountpoint, "mountpoint", "", "`topic` levels in front of every NATS subject as MQTT\nclients see it; must end in / (default none)")
	f.StringVar(&o.Naming, "naming", "isthmus", "`mode` of mapping topics to subjects: isthmus (lossless)\nor emqx (bare exchange of . and /)")
	f.StringVar(&o.GroupStrategy, "group-strategy", "random", "how members of a group take turns: random, round-robin,\nsticky, local, hash-topic or hash-publisher")
	f.DurationVar(&o.Heartbeat, "heartbeat", o.Heartbeat, "`time` of silence after which a NATS client is pinged; cut\nafter two unanswered")
}

func addLimits(f *pflag.FlagSet, o *server.Options) {
	f.Var((*size)(&o.MaxPayload), "max-payload", "largest message, `size` in bytes with its headers")
	f.IntVar(&o.MaxConnections, "max-connections", o.MaxConnections, "largest `number` of connections; file descriptors may\nallow fewer")
	f.IntVar(&o.MaxSubscriptions, "max-subscriptions", 0, "largest `number` of subscriptions of one client; 0: no limit")
	f.IntVar(&o.MaxPublishRate, "max-publish-rate", 0, "largest `number` of publishes of one client in a second, above\nwhich it is not read for a while; 0: no limit")
	f.Var((*size)(&o.MaxPublishBytes), "max-publish-bytes", "`size` in bytes of what one client sends in a second,\nlikewise; 0: no limit")
	f.Var((*size)(&o.MaxPending), "max-pending", "output that may wait for one client, `size` in bytes,\nbefore it is cut as a slow consumer")
	f.Var((*size)(&o.MaxOutput), "max-output", "output that may wait for all clients together, `size` in\nbytes, before the one with the most is cut")
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
	f.IntVar(&p.MaxClientID, "max-client-id", p.MaxClientID, "longest client identifier, a `number` of bytes")
}

func addRetained(f *pflag.FlagSet, o *server.Options) {
	f.BoolVar(&o.Policy.Retain, "retain", o.Policy.Retain, "keep retained messages")
	f.IntVar(&o.MaxRetained, "max-retained", o.MaxRetained, "largest `number` of them")
	f.Var((*size)(&o.MaxRetainedBytes), "max-retained-bytes", "and their `size` in bytes")
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
}

func addWatching(f *pflag.FlagSet, o *server.Options) {
	f.DurationVar(&o.SysInterval, "sys-interval", o.SysInterval, "`time` between statistics on MQTT topics below $SYS/broker;\n0: none")
	f.StringVar(&o.Presence, "presence", "off", "`mode` of telling what becomes of clients, below $events: off,\nsessions or subscriptions (these, too)")
	f.StringVar(&o.Explain, "explain", o.Explain, "to whom the server explains (isthmus explain): local (clients on\nits own machine), all or off")
}

func addProcess(f *pflag.FlagSet, o *server.Options, p *process) {
	f.IntVar(&o.Lanes, "lanes", 0, "`number` of event loops; 0: one for each usable CPU")
	f.StringVar(&p.cpuQuota, "cpu-quota", p.cpuQuota, "`mode` of taking a CPU quota for lanes: runtime (rounded up,\nat least 2), floor (rounded down, at least 1) or ignore")
	f.Var(&p.memoryLimit, "memory-limit", "`size` that Go's memory is to stay below, auto (nine tenths\nof the control group's limit) or off")
	f.IntVar(&p.gcPercent, "gc-percent", 0, "growth of the heap until the next collection, as GOGC, a\n`number` in per cent")
	f.Lookup("gc-percent").DefValue = strconv.Itoa(gcPercent)
	f.Var((*size)(&o.ReadBuffer), "read-buffer", "`size` of the read buffer, once per lane")
}

func addSockets(f *pflag.FlagSet, o *server.Options) {
	f.StringVar(&o.Flush, "flush", "auto", "`policy` of sending: now (with each read), deferred (with\nthose that are about to come) or auto")
	f.IntVar(&o.TCP.Backlog, "listen-backlog", 0, "largest `number` of connections that wait to be accepted;\n0: net.core.somaxconn")
	f.DurationVar(&o.TCP.DeferAccept, "tcp-defer-accept", 0, "`time` for which an MQTT connection may stay in the kernel\nuntil its first bytes come; 0: it is taken at once")
	f.DurationVar(&o.TCP.KeepAlive, "tcp-keep-alive", 0, "`time` of silence after which the kernel asks for the peer;\ncut after twice that; 0: never")
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
