package session_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	mqttcodec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
)

// script is a transcript as it was read.
type script struct {
	options options
	blocks  []block
	head    []string // comments and options
	err     error
}

// block is some commands and what all clients see of them.
type block struct {
	line     int      // of the first command
	comments []string // lines before it
	commands []string
	expected []string
}

func parseScript(text string) *script {
	s := &script{options: defaultOptions()}
	var b block
	answers := false
	finish := func() {
		if len(b.commands) > 0 {
			s.blocks = append(s.blocks, b)
			b = block{}
		}
		answers = false
	}
	for i, line := range strings.Split(text, "\n") {
		option, isOption := strings.CutPrefix(line, "option ")
		switch {
		case isOption:
			s.head = append(append(s.head, b.comments...), line)
			b.comments = nil
			s.option(option)
		case line == "":
			finish()
		case line == "----":
			answers = true
		case answers:
			b.expected = append(b.expected, line)
		case strings.HasPrefix(line, "#") && len(b.commands) == 0:
			b.comments = append(b.comments, line)
		default:
			if len(b.commands) == 0 {
				b.line = i + 1
			}
			b.commands = append(b.commands, line)
		}
	}
	finish()
	return s
}

func (s *script) option(text string) {
	name, value, _ := strings.Cut(text, "=")
	var err error
	switch name {
	case "mountpoint":
		s.options.mountpoint = value
	case "naming":
		s.options.naming = value
	case "max-payload":
		s.options.maxPayload, err = strconv.Atoi(value)
	case "max-subscriptions":
		s.options.maxSubscriptions, err = strconv.Atoi(value)
	case "heartbeat":
		s.options.heartbeat, err = time.ParseDuration(value)
	case "heartbeat-wait":
		s.options.heartbeatWait, err = time.ParseDuration(value)
	case "idle-timeout":
		s.options.idleTimeout, err = time.ParseDuration(value)
	case "max-control-line":
		s.options.maxControlLine, err = strconv.Atoi(value)
	case "max-subject-tokens":
		s.options.maxSubjectTokens, err = strconv.Atoi(value)
	case "max-inflight":
		s.options.maxInflight, err = strconv.Atoi(value)
	case "max-queued":
		s.options.maxQueued, err = strconv.Atoi(value)
	case "max-queued-bytes":
		s.options.maxQueuedBytes, err = strconv.Atoi(value)
	case "max-stored":
		s.options.maxStored, err = strconv.Atoi(value)
	case "max-sessions":
		s.options.maxSessions, err = strconv.Atoi(value)
	case "max-session-expiry":
		s.options.maxSessionExpiry, err = time.ParseDuration(value)
	case "group-strategy":
		s.options.groupStrategy = value
	case "max-publish-rate":
		s.options.rates.Messages, err = strconv.Atoi(value)
	case "max-publish-bytes":
		s.options.rates.Bytes, err = strconv.Atoi(value)
	case "queue-drop-oldest":
		s.options.dropOldest, err = strconv.ParseBool(value)
	case "presence":
		s.options.presence = value
	case "nats-retained":
		s.options.natsRetained, err = strconv.ParseBool(value)
	case "max-retained-size":
		s.options.maxRetainedSize, err = strconv.Atoi(value)
	case "max-message-expiry":
		s.options.maxMessageExpiry, err = time.ParseDuration(value)
	case "connect-timeout":
		s.options.connectTimeout, err = time.ParseDuration(value)
	case "max-retained":
		s.options.maxRetained, err = strconv.Atoi(value)
	default:
		err = s.options.setPolicy(name, value)
	}
	if err != nil && s.err == nil {
		s.err = err
	}
}

// setPolicy sets one field of mqtt.Policy.
func (o *options) setPolicy(name, value string) (err error) {
	p, number := &o.policy, 0
	switch name {
	case "retain":
		p.Retain, err = strconv.ParseBool(value)
	case "request-topics":
		p.RequestTopics, err = strconv.ParseBool(value)
	case "wildcards":
		p.Wildcards, err = strconv.ParseBool(value)
	case "shared-subscriptions":
		p.Shared, err = strconv.ParseBool(value)
	case "subscription-ids":
		p.SubscriptionIDs, err = strconv.ParseBool(value)
	case "queue-qos0":
		p.QueueQoS0, err = strconv.ParseBool(value)
	case "max-keep-alive":
		p.MaxKeepAlive, err = time.ParseDuration(value)
	case "max-qos":
		number, err = strconv.Atoi(value)
		p.MaxQoS = uint8(number)
	case "receive-maximum":
		number, err = strconv.Atoi(value)
		p.ReceiveMaximum = uint16(number)
	case "max-topic-alias":
		number, err = strconv.Atoi(value)
		p.MaxTopicAlias = uint16(number)
	case "max-topic-levels":
		p.MaxTopicLevels, err = strconv.Atoi(value)
	case "max-topic-length":
		p.MaxTopicLength, err = strconv.Atoi(value)
	case "max-user-properties":
		p.MaxUserProperties, err = strconv.Atoi(value)
	case "strict-utf8":
		p.StrictUTF8, err = strconv.ParseBool(value)
	case "retained-rate":
		p.RetainedRate, err = strconv.Atoi(value)
	case "reason-strings":
		p.ReasonStrings, err = strconv.ParseBool(value)
	case "response-information":
		p.ResponseInformation = value
	case "server-reference":
		p.ServerReference = value
	case "max-client-id":
		p.MaxClientID, err = strconv.Atoi(value)
	default:
		err = fmt.Errorf("no option %q", name)
	}
	return err
}

// rewrite writes the script with the answers of today.
func (s *script) rewrite(r replay, file string) error {
	blocks, err := s.run(r)
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, line := range s.head {
		fmt.Fprintln(&out, line)
	}
	for i, b := range s.blocks {
		if i > 0 || len(s.head) > 0 {
			fmt.Fprintln(&out)
		}
		for _, line := range slices.Concat(b.comments, b.commands, []string{"----"}) {
			fmt.Fprintln(&out, line)
		}
		if blocks[i] != "" {
			fmt.Fprintln(&out, blocks[i])
		}
	}
	return os.WriteFile(file, []byte(out.String()), 0o644)
}

// run goes through the script and returns what the clients saw, block by
// block. The error is about the script, or about what was left behind.
func (s *script) run(r replay) (blocks []string, err error) {
	if s.err != nil {
		return nil, s.err
	}
	g, err := newGateway(s.options, r.how)
	if err != nil {
		return nil, err
	}
	p := &player{gateway: g, cut: r.cut}
	for _, b := range s.blocks {
		p.summary = ""
		p.shown = nil
		for _, command := range b.commands {
			if err := p.do(command); err != nil {
				return blocks, fmt.Errorf("line %d: %s: %w", b.line, command, err)
			}
			if n := g.lent(); n != 0 {
				return blocks, fmt.Errorf("line %d: %s: %d output buffers in use", b.line, command, n)
			}
		}
		blocks = append(blocks, strings.Join(append(p.take(), p.shown...), "\n"))
	}
	return blocks, g.shut()
}

// player carries out commands.
type player struct {
	gateway *gateway
	cut     func([]byte) [][]byte
	summary string   // how this block's output is shown: "", "info", "total" or "tally"
	shown   []string // lines that are no client's
	seen    [reason.Count]uint64
}

func (p *player) do(command string) error {
	g := p.gateway
	verb, rest, _ := strings.Cut(command, " ")
	times := 1
	if n, ok := strings.CutSuffix(verb, "x"); ok {
		if v, err := strconv.Atoi(n); err == nil {
			times = v
			verb, rest, _ = strings.Cut(rest, " ")
		}
	}
	if name, ok := strings.CutSuffix(verb, ">"); ok {
		name, exact := strings.CutSuffix(name, ">")
		c := g.clients[name]
		if c == nil {
			return fmt.Errorf("no client %q", name)
		}
		b, err := speak(c, rest, exact)
		if err != nil {
			return err
		}
		for _, chunk := range p.cut(slices.Repeat(b, times)) {
			g.send(c, chunk)
		}
		return nil
	}
	switch verb {
	case "nats":
		for _, name := range strings.Fields(rest) {
			g.openNATS(name)
		}
	case "mqtt":
		name, version, _ := strings.Cut(rest, " ")
		v, ok := map[string]mqttcodec.Version{"": 5, "5": 5, "3.1.1": 4, "3.1": 3}[version]
		if !ok {
			return fmt.Errorf("no MQTT version %q", version)
		}
		g.openMQTT(name, v)
	case "close":
		c := g.clients[rest]
		if c == nil || c.ended {
			return fmt.Errorf("no open client %q", rest)
		}
		g.hangUp(c)
	case "clock":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return err
		}
		g.pass(d)
	case "reasons":
		p.reasons()
	case "refused":
		for _, row := range reason.All() {
			if row.Name == rest {
				peer := (&client{id: 99}).Peer()
				p.shown = append(p.shown, showNATS(g.natsOpts.AppendRefusal(nil, peer, row.ID), p.summary == "info")...)
			}
		}
	case "advertise":
		if g.natsOpts.Announced.Advertise(strings.Fields(rest)) {
			g.announce()
		}
	case "lame-duck":
		g.natsOpts.Announced.LameDuck()
		g.announce()
	case "leave":
		c := g.clients[rest]
		if c == nil || c.session == nil {
			return fmt.Errorf("no open client %q", rest)
		}
		g.turn(c.lane, func() { c.session.End(reason.LameDuck) })
		g.settle()
	case "total", "tally", "info":
		p.summary = verb
	default:
		return fmt.Errorf("no command %q", verb)
	}
	return nil
}

// speak gives the bytes of what a client says.
func speak(c *client, said string, exact bool) ([]byte, error) {
	if !exact && c.version != 0 {
		return speakMQTT(c.version, said)
	}
	b, err := unescape(said)
	if !exact {
		b = append(b, "\r\n"...)
	}
	return b, err
}

// take shows what the clients got, client by client, and how they ended.
func (p *player) take() (lines []string) {
	g := p.gateway
	total := make(map[string]int)
	for _, name := range g.names() {
		c := g.clients[name]
		var got []string
		if c.version == 0 {
			got = showNATS(c.got, p.summary == "info")
		} else {
			got = showMQTT(&c.read, c.got, p.summary == "info")
		}
		c.got = nil
		tally := make(map[string]int)
		for _, line := range got {
			verb, _, _ := strings.Cut(line, " ")
			total[verb]++
			tally[verb]++
			if p.summary == "" || p.summary == "info" {
				lines = append(lines, name+"< "+line)
			}
		}
		if p.summary == "tally" {
			lines = append(lines, counts(name+"< ", tally)...)
		}
		if c.ended && !c.told {
			c.told = true
			lines = append(lines, fmt.Sprintf("%s closed: %v", name, c.why))
		}
	}
	if p.summary == "total" {
		lines = append(lines, counts("all< ", total)...)
	}
	return lines
}

func counts(prefix string, of map[string]int) (lines []string) {
	for verb, n := range of {
		lines = append(lines, fmt.Sprintf("%s%s x%d", prefix, verb, n))
	}
	slices.Sort(lines)
	return lines
}

// reasons shows the counters that have changed since it was last asked.
func (p *player) reasons() {
	for _, row := range reason.All() {
		n := p.gateway.hub.Count(row.ID)
		if d := n - p.seen[row.ID]; d != 0 {
			p.shown = append(p.shown, fmt.Sprintf("%s %s +%d", row.Kind, row.Name, d))
		}
		p.seen[row.ID] = n
	}
	if len(p.shown) == 0 {
		p.shown = append(p.shown, "none")
	}
}
