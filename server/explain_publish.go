package server

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/explain"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session/nats"
	"github.com/isthmus-mq/isthmus/translate"
)

const protocolNATS, protocolMQTT = "nats", "mqtt"

// publish answers for a name without wildcards.
func (a *answering) publish() error {
	to := &explain.Publish{Protocol: protocolNATS, From: a.who, Copies: []*explain.Copy{}}
	if a.who != nil {
		to.Protocol = a.who.Protocol
	} else if a.q.Notation == explain.MQTT {
		to.Protocol = protocolMQTT
	}
	a.doc.Publish = to
	if why := a.spell(to.Protocol); why != "" {
		to.Refused = why
		return nil
	}
	a.doc.Permissions = a.permissions(func(p Permissions) (bool, string) { return p.MayPublish(a.q.User, a.canonical) })
	if !a.doc.Permissions.Allowed {
		return nil
	}
	of := &hub.Case{
		Lane: a.lane, From: a.from, Anyone: a.who == nil, Limit: a.q.Limit,
		Enter: a.enterMQTT,
	}
	if to.Protocol == protocolNATS {
		of.Enter = a.enterNATS
	}
	if err := a.s.hub.Explain(a.ctx, a.s.engine.OnLane, of, to); err != nil {
		return errBusy
	}
	a.doc.Retained = new(explain.Retained)
	stands := a.canonical
	if to.Subject != "" {
		stands = []byte(to.Subject)
	}
	if err := a.s.hub.ExplainRetained(a.ctx, a.s.engine.OnLane, a.lane, stands, a.doc.Retained); err != nil {
		return errBusy
	}
	a.accompany()
	a.outcome()
	a.notes()
	return nil
}

// spell finds the name in all spellings, and what the publisher says; why names
// the reason for which it cannot.
func (a *answering) spell(protocol string) (why string) {
	sp := a.speller()
	a.doc.Name, a.canonical, why = sp.name(a.q)
	if why != "" {
		return why
	}
	switch name := a.doc.Name; {
	case protocol == protocolNATS && name.Subject == "":
		return reason.Of(reason.ReplyOutsideMountpoint).Name
	case protocol == protocolNATS:
		a.said = []byte(name.Subject)
	case a.q.Notation == explain.MQTT:
		a.said = []byte(a.q.Name)
	case name.Topic == "":
		return reason.Of(reason.SubjectNotATopic).Name
	default:
		a.said = []byte(name.Topic)
	}
	return ""
}

// block is the header block that the question asks for.
func (a *answering) block() []byte {
	lines := a.q.Headers
	if a.doc.Publish.Protocol == protocolNATS {
		if a.q.QoS != nil {
			lines = append([]string{"Mqtt-Qos: " + strconv.Itoa(int(*a.q.QoS))}, lines...)
		}
		if a.q.Retain {
			lines = append([]string{"Mqtt-Retain: 1"}, lines...)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	block := natscodec.AppendHeaderStart(nil)
	for _, line := range lines {
		key, value, _ := strings.Cut(line, ":")
		block = natscodec.AppendHeaderLine(block, []byte(key), []byte(strings.TrimSpace(value)))
	}
	return natscodec.AppendHeaderEnd(block)
}

func (a *answering) enterNATS(l *hub.Lane, m *message.Message) reason.ID {
	m.Begin(message.FromNATS, a.said, nil, make([]byte, a.q.Size))
	m.Headers = a.block()
	if a.who != nil && a.who.Verbose {
		m.QoS = 1
	}
	why := a.s.natsProtocol.lanes[l.Index()].Enter(m)
	if why == reason.None && translate.IsGatewayReply(a.said) {
		topic, _ := a.s.hub.Names().AppendTopic(nil, m.Subject)
		a.doc.Publish.GatewayReply = &explain.GatewayReply{Topic: string(topic), Correlation: bytes.Clone(m.Correlation)}
	}
	return why
}

func (a *answering) enterMQTT(l *hub.Lane, m *message.Message) reason.ID {
	m.Begin(message.FromMQTT, a.said, nil, make([]byte, a.q.Size))
	if block := a.block(); block != nil && a.five() {
		m.Properties, _ = a.crossing().AppendProperties(nil, block, nil)
	}
	if a.q.QoS != nil {
		m.QoS = *a.q.QoS
	}
	m.Retain = a.q.Retain
	return a.s.mqttProtocol.lanes[l.Index()].Enter(m, a.five())
}

// five tells whether the MQTT publisher speaks 5.0, as one that is not known does.
func (a *answering) five() bool { return a.who == nil || a.who.Properties || !a.who.Connected }

func (a *answering) crossing() translate.Crossing {
	return translate.Crossing{StrictUTF8: a.s.hub.Names().StrictUTF8}
}

// outcome says what the publisher is told.
func (a *answering) outcome() {
	p := a.doc.Publish
	o := &p.Outcome
	switch {
	case p.Refused != "":
	case p.Protocol == protocolNATS && o.Matched == 0 && !bytes.HasPrefix(a.said, []byte(nats.RequestRoot)):
		o.Answer = "a request is told at once that nobody responds (503); a plain publish is told nothing"
	case p.Protocol == protocolNATS:
		o.Answer = "nothing, or +OK to a verbose client"
	case p.QoS == 0:
		o.Answer = "nothing: QoS 0"
	default:
		packet, code := "PUBACK", "0x00 (success)"
		if p.QoS == 2 {
			packet = "PUBREC"
		}
		if o.Full > 0 {
			code = "0x97 (quota exceeded)"
		} else if o.Matched+o.Stored == 0 {
			code = "0x10 (no matching subscribers)"
		}
		o.Answer = packet + " " + code
		if !a.five() {
			o.Answer = packet + ", which says no more than that the message came"
		}
	}
}

// notes says what is easily overlooked.
func (a *answering) notes() {
	p := a.doc.Publish
	note := func(format string, args ...any) { p.Notes = append(p.Notes, fmt.Sprintf(format, args...)) }
	if p.Refused != "" {
		return
	}
	if natscodec.HasEmptyToken([]byte(p.Subject)) {
		note("the subject has an empty token: it is accepted, and reaches nobody, not even '>'")
	}
	if p.Protocol == protocolNATS && bytes.HasPrefix(a.said, []byte(nats.RequestRoot)) {
		note("requests below %s are answered by the server itself, where it has an answer", strings.TrimSuffix(nats.RequestRoot, "."))
	}
	if a.who == nil {
		for _, g := range p.Groups {
			if len(g.Next) > 1 && (g.Strategy == hub.HashPublisher.String() || g.Strategy == hub.Local.String()) {
				note("with strategy %s the member depends on the publisher: say who it is with --from", g.Strategy)
				break
			}
		}
	}
	if len(a.q.Headers) > 0 && p.Protocol == protocolMQTT && !a.five() {
		note("the publisher speaks MQTT %s, which has no properties: the headers of the question are left out", a.who.Version)
	}
	if a.who != nil && !a.who.Connected {
		note("the publisher is not connected; explained as if it published its will")
	}
}
