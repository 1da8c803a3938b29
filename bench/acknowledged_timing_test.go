package bench

import (
	"fmt"
	"testing"

	mqttcodec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// acker is a subscriber that acknowledges what it gets, in its order.
type acker struct {
	session.Session
	next uint16 // packet identifier
	in   []byte
}

// acknowledge is one read with PUBACK for the next n messages.
func (a *acker) acknowledge(r *rig, n int) {
	a.in = a.in[:0]
	for range n {
		a.in = mqttcodec.AppendPuback(a.in, mqttcodec.V311, a.next, mqttcodec.CodeSuccess, nil)
		if a.next++; a.next == 0 {
			a.next = 1
		}
	}
	r.turn(a.Session, a.in)
}

// runAcknowledged measures turns of input of QoS 1, each followed by one in
// which all subscribers acknowledge; one op is one published message.
func runAcknowledged(b *testing.B, r *rig, from session.Session, in []byte, messages int, to ...*acker) {
	b.Helper()
	round := func() {
		r.turn(from, in)
		for _, a := range to {
			a.acknowledge(r, messages)
		}
	}
	round()
	b.ReportAllocs()
	b.SetBytes(int64(len(in) / messages))
	b.ResetTimer()
	for n := 0; n < b.N; n += messages {
		round()
	}
	b.StopTimer()
	if n := r.hub.Count(reason.AckNotInFlight); n > 0 || r.hub.Stored() != 0 {
		b.Fatalf("%d acknowledgements were for nothing, %d bytes wait", n, r.hub.Stored())
	}
}

// BenchmarkAcknowledged is BenchmarkPipeline with QoS 1 from end to end: the
// publisher's PUBACK or +OK and the subscribers' PUBACKs are part of it. There
// are as many messages to a read as fit the window.
func BenchmarkAcknowledged(b *testing.B) {
	const window = 100
	// publishes encodes a read of QoS 1 from an MQTT client.
	publishes := func(size int) (in []byte) {
		for id := range uint16(window) {
			in = mqttcodec.AppendPublish(in, mqttcodec.V311, mqttcodec.PublishFlags(1, false, false),
				[]byte("bench/one"), id+1, nil, make([]byte, size))
		}
		return in
	}
	for _, size := range []int{16, 256} {
		for _, fanOut := range []int{1, 10} {
			subscribers := func(r *rig) (list []*acker) {
				for i := range fanOut {
					list = append(list, &acker{Session: r.mqttSubscriber(fmt.Sprint("sub", i), 1, "bench/one"), next: 1})
				}
				return list
			}
			b.Run(fmt.Sprintf("NATS-MQTT/%dB-fan-out-%d", size, fanOut), func(b *testing.B) {
				r := newRig()
				to := subscribers(r)
				var in []byte
				for range window {
					in = fmt.Appendf(in, "PUB bench.one %d\r\n%s\r\n", size, make([]byte, size))
				}
				runAcknowledged(b, r, r.verboseClient(), in, window, to...)
			})
			b.Run(fmt.Sprintf("MQTT-MQTT/%dB-fan-out-%d", size, fanOut), func(b *testing.B) {
				r := newRig()
				to := subscribers(r)
				runAcknowledged(b, r, r.mqttClient("pub"), publishes(size), window, to...)
			})
		}
	}
	b.Run("MQTT-MQTT/16B-share", func(b *testing.B) {
		r := newRig()
		member := &acker{Session: r.mqttSubscriber("member", 1, "$share/g/bench/one"), next: 1}
		runAcknowledged(b, r, r.mqttClient("pub"), publishes(16), window, member)
	})
}

// verboseClient is a NATS client that publishes with QoS 1.
func (r *rig) verboseClient() session.Session {
	s := r.nats.NewSession(r.conn())
	s.Open()
	r.turn(s, []byte(`CONNECT {"verbose":true,"pedantic":false,"headers":true}`+"\r\n"))
	return s
}
