package main

import (
	"strings"

	mqttcodec "github.com/isthmus-mq/isthmus/codec/mqtt"
	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
)

// protocol is what a client speaks.
type protocol int

const (
	speaksNATS protocol = iota
	speaksMQTT
)

func (p protocol) String() string {
	if p == speaksMQTT {
		return "MQTT"
	}
	return "NATS"
}

// kind is what clients subscribe to: names, or patterns that match one name of
// theirs.
type kind int

const (
	exact kind = iota
	wildcard
)

func (k kind) String() string {
	if k == wildcard {
		return "wildcard"
	}
	return "exact"
}

// subject is what client i is to be reached under, in the form of NATS: four
// levels with a thousand devices to a site.
func subject(i int) string { return string(appendSubject(nil, i)) }

func appendSubject(b []byte, i int) []byte {
	b = append(b, "fleet.s"...)
	b = appendDigits(b, i/1000, 4)
	b = append(b, ".device-"...)
	b = appendDigits(b, i, 7)
	return append(b, ".commands"...)
}

func appendDigits(b []byte, n, digits int) []byte {
	for range digits {
		b = append(b, '0')
	}
	for i := len(b) - 1; n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// filter is what client i subscribes to, in the form of its protocol.
func filter(p protocol, k kind, i int) string {
	name := subject(i)
	if k == wildcard {
		name = strings.TrimSuffix(name, "commands") + "*"
	}
	if p == speaksMQTT {
		name = strings.NewReplacer(".", "/", "*", "+").Replace(name)
	}
	return name
}

// appendConnect appends what a client says first.
func appendConnect(b []byte, p protocol, i int) []byte {
	if p == speaksNATS {
		return append(b, `CONNECT {"verbose":false,"pedantic":false,"headers":true}`+"\r\n"...)
	}
	id := appendDigits([]byte("device-"), i, 7)
	return mqttcodec.AppendConnect(b, &mqttcodec.Connect{
		Version: mqttcodec.V311, CleanStart: true, KeepAlive: 60, ClientID: id,
	}, nil)
}

// appendSubscribe appends a subscription of QoS 0; number is the client's own.
func appendSubscribe(b []byte, p protocol, filter string, number int) []byte {
	if p == speaksNATS {
		return natscodec.AppendSub(b, []byte(filter), nil, appendDigits(nil, number+1, 4))
	}
	return mqttcodec.AppendSubscribe(b, mqttcodec.V311, uint16(number%65535+1), nil,
		[]mqttcodec.Subscription{{Filter: []byte(filter), Options: mqttcodec.SubscribeOptions(0)}})
}

// appendPublish appends a message of QoS 0; name is in the form of NATS.
func appendPublish(b []byte, p protocol, name string, payload []byte) []byte {
	if p == speaksNATS {
		return natscodec.AppendPub(b, []byte(name), nil, payload)
	}
	return mqttcodec.AppendPublish(b, mqttcodec.V311, 0, []byte(strings.ReplaceAll(name, ".", "/")), 0, nil, payload)
}

// client opens a session of client i without a subscription.
func (g *gateway) client(p protocol, lane, i int) *conn {
	return g.open(p, lane, appendConnect(nil, p, i))
}

// subscriber opens a session with one subscription.
func (g *gateway) subscriber(p protocol, k kind, lane, i int) *conn {
	return g.open(p, lane, appendSubscribe(appendConnect(nil, p, i), p, filter(p, k, i), 0))
}

// populate opens n clients, whose protocols take turns if there are two.
func (g *gateway) populate(n int, k kind, tell *progress, speak ...protocol) {
	for i := range n {
		g.subscriber(speak[i%len(speak)], k, i%len(g.lanes), i)
		tell.at(i, n)
	}
}
