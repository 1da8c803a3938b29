package main

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/isthmus-mq/isthmus/loadtest"
	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// common is what the flags of all scenarios say.
type common struct {
	options    loadtest.Options
	server     string
	json, hgrm string
}

// addCommon adds the flags that every scenario has.
func addCommon(f *pflag.FlagSet, c *common) {
	c.options = loadtest.Defaults()
	o := &c.options
	f.StringVarP(&c.server, "server", "s", "", "`url` of the server, nats://host:port or mqtt://host:port;\nthe same as --nats or --mqtt")
	f.StringVar(&o.NATS, "nats", o.NATS, "`address` of its NATS listener, host:port")
	f.StringVar(&o.MQTT, "mqtt", o.MQTT, "`address` of its MQTT listener, host:port")
	f.StringVar(&o.User, "user", "", "user `name`, for both protocols")
	f.StringVar(&o.Password, "password", "", "`password`, for both protocols")
	f.StringVar(&o.Token, "token", "", "`token` of NATS")
	f.IntVar(&o.MQTTVersion, "mqtt-version", o.MQTTVersion, "`version` of MQTT: 3 (3.1), 4 (3.1.1) or 5")
	f.DurationVar(&o.KeepAlive, "keepalive", o.KeepAlive, "MQTT keep alive, a `time`")
	f.StringVar(&o.Sources, "source", "", "local `addresses` to connect from in turn:\n127.0.0.1,127.0.0.2 or 127.0.0.1-127.0.0.9")
	f.IntVar(&o.Workers, "workers", o.Workers, "`number` of threads with an event loop each")
	f.BoolVar(&o.Spin, "spin", false, "never sleep: messages are sent to the µs when they are\ndue, for a whole core per worker")
	f.IntVar(&o.ServerPID, "server-pid", 0, "`pid` of the server: its CPU and memory are reported")
	f.DurationVar(&o.ConnectTimeout, "connect-timeout", o.ConnectTimeout, "`time` the server may take to open a connection")
	f.DurationVar(&o.Patience, "patience", o.Patience, "`time` without anything coming after which what is under\nway counts as lost")
	f.DurationVar(&o.Progress, "progress", o.Progress, "`time` between two lines of progress; 0: none")
	f.StringVar(&c.json, "json", "", "write the report as JSON to this `file`, - for standard\noutput")
	f.StringVar(&c.hgrm, "hgrm", "", "write the latencies to this `file` in HdrHistogram's\npercentile format")
}

// addFlow adds the flags of scenarios that send messages.
func addFlow(f *pflag.FlagSet, o *loadtest.Flow) {
	f.Var((*size)(&o.Size), "size", "`size` of a message in bytes, at least 16")
	f.Uint8Var(&o.QoS, "qos", o.QoS, "0 or 1; `qos` 1 of NATS is its verbose mode: +OK")
	f.Float64Var(&o.Rate, "rate", o.Rate, "messages a second, all publishers together, a `number`;\n0: flat out")
	f.IntVar(&o.Window, "window", 0, "largest `number` of messages on their way per publisher,\nflat out, and unacknowledged ones with QoS 1; 0: chosen")
	f.Int64Var(&o.Messages, "msgs", o.Messages, "`number` of messages, all publishers together; 0: until\n--duration is over")
	f.DurationVar(&o.Duration, "duration", o.Duration, "`time` to send for; 0: until --msgs are sent")
	f.DurationVar(&o.WarmUp, "warmup", 0, "`time` at the beginning that is not measured")
	f.StringVarP(&o.Topic, "topic", "t", o.Topic, "`template` of topics or subjects: {conn} is the number of\nthe connection, {n} of the message modulo --topics")
	f.IntVar(&o.Topics, "topics", o.Topics, "`number` of values of {n}")
}

// addFilter adds what subscribers listen to.
func addFilter(f *pflag.FlagSet, o *loadtest.Flow) {
	f.StringVar(&o.Filter, "filter", "", "`template` of what subscribers subscribe to; without it\nthe topic, with a wildcard for {n}")
}

// addLoss adds the permission to lose messages.
func addLoss(f *pflag.FlagSet, c *common) {
	f.BoolVar(&c.options.AllowLoss, "allow-loss", false, "count lost messages, but do not take them for a failure")
}

// synonyms are other tools' names of flags.
var synonyms = map[string]string{
	"subject": "topic", "inflight": "window", "ifaddr": "source", "limit": "msgs",
	"messages": "msgs", "count": "clients", "connrate": "rate", "publishers": "pub", "subscribers": "sub",
}

// finish makes flags be shown in the order of their definition and takes
// synonyms, the command's own ones given in pairs.
func finish(cmd *cobra.Command, more ...string) *cobra.Command {
	names := maps.Clone(synonyms)
	for i := 0; i < len(more); i += 2 {
		names[more[i]] = more[i+1]
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.SetNormalizeFunc(func(f *pflag.FlagSet, name string) pflag.NormalizedName {
		if own, ok := names[name]; ok {
			name = own
		}
		return pflag.NormalizedName(name)
	})
	return cmd
}

// servers gives --server to the protocol that it names, and returns which
// protocols the user has given an address for.
func (c *common) servers(f *pflag.FlagSet) (nats, mqtt bool, err error) {
	nats, mqtt = f.Changed("nats"), f.Changed("mqtt")
	if c.server == "" {
		return nats, mqtt, nil
	}
	text := c.server
	if !strings.Contains(text, "://") {
		text = "nats://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return false, false, fmt.Errorf("--server: %w", err)
	}
	if u.User != nil {
		c.options.User = u.User.Username()
		c.options.Password, _ = u.User.Password()
	}
	host := u.Host
	switch u.Scheme {
	case "nats":
		if u.Port() == "" {
			host += ":4222"
		}
		c.options.NATS, nats = host, true
	case "mqtt", "tcp":
		if u.Port() == "" {
			host += ":1883"
		}
		c.options.MQTT, mqtt = host, true
	default:
		return false, false, fmt.Errorf("--server: %q is neither nats:// nor mqtt://", c.server)
	}
	return nats, mqtt, nil
}

// direction is a protocol as a flag; empty is none.
type direction struct{ text string }

// protocol returns the one that is meant: the flag's, or else the only one that
// has an address, or else NATS.
func (d direction) protocol(flag string, nats, mqtt bool) (client.Protocol, error) {
	switch strings.ToLower(d.text) {
	case "nats":
		return client.NATS, nil
	case "mqtt":
		return client.MQTT, nil
	case "":
		if nats && mqtt {
			return 0, fmt.Errorf("both protocols have an address: say with --%s which one is meant, nats or mqtt", flag)
		}
		if mqtt {
			return client.MQTT, nil
		}
		return client.NATS, nil
	}
	return 0, fmt.Errorf("--%s: %q is neither nats nor mqtt", flag, d.text)
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
		return fmt.Errorf("%q is not a size such as 16, 4KB or 1MB", text)
	}
	*s = size(n * factor)
	return nil
}

func (s *size) Type() string   { return "size" }
func (s *size) String() string { return strconv.Itoa(int(*s)) }
