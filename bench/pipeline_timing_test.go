package bench

import (
	"fmt"
	"testing"
	"time"

	mqttcodec "github.com/isthmus-mq/isthmus/codec/mqtt"
	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/session/mqtt"
	"github.com/isthmus-mq/isthmus/session/nats"
)

// sink is a connection whose peer takes everything at once: what the engine
// does with a socket, without the system calls.
type sink struct {
	out  session.Outbox
	iov  [][]byte
	sent int // bytes
}

func newSink(pool *session.Buffers) *sink {
	c := new(sink)
	c.out.Init(c, pool)
	return c
}

func (c *sink) Out() *session.Outbox       { return &c.out }
func (c *sink) Close(reason.ID)            {}
func (c *sink) Arm(time.Duration)          {}
func (c *sink) AwaitDrain()                {}
func (c *sink) Hold([]byte, time.Duration) {}
func (c *sink) Now() time.Duration         { return 0 }
func (c *sink) Peer() session.Peer         { return session.Peer{ID: 1} }
func (c *sink) Dirty()                     {}
func (c *sink) Full()                      { c.flush() }

func (c *sink) flush() {
	c.iov = c.out.Segments(c.iov[:0], 64)
	n := c.out.Len()
	c.out.Sent(n)
	c.sent += n
}

// rig is one lane with sessions of both protocols.
type rig struct {
	hub   *hub.Hub
	pool  session.Buffers
	nats  *nats.Lane
	mqtt  *mqtt.Lane
	conns []*sink
}

func newRig() *rig {
	h := hub.New(hub.Options{Lanes: 1})
	return &rig{
		hub: h,
		nats: nats.NewLane(h.Lane(0), &nats.Options{
			Limits: natscodec.Limits{ControlLine: natscodec.DefaultControlLine, Payload: natscodec.DefaultPayload},
		}),
		mqtt: mqtt.NewLane(h.Lane(0), mqtt.NewOptions(natscodec.DefaultPayload)),
	}
}

func (r *rig) conn() *sink {
	c := newSink(&r.pool)
	r.conns = append(r.conns, c)
	return c
}

// turn is what the engine does with one read.
func (r *rig) turn(s session.Session, in []byte) {
	r.hub.Lane(0).BeginTurn()
	s.Input(in)
	r.hub.Lane(0).EndTurn()
	for _, c := range r.conns {
		if c.out.Len() > 0 {
			c.flush()
		}
	}
}

func (r *rig) natsClient(first string) session.Session {
	s := r.nats.NewSession(r.conn())
	s.Open()
	r.turn(s, []byte(`CONNECT {"verbose":false,"pedantic":false,"headers":true}`+"\r\n"+first))
	return s
}

func (r *rig) mqttClient(id string, filters ...string) session.Session {
	return r.mqttSubscriber(id, 0, filters...)
}

func (r *rig) mqttSubscriber(id string, qos byte, filters ...string) session.Session {
	s := r.mqtt.NewSession(r.conn())
	s.Open()
	b := mqttcodec.AppendConnect(nil, &mqttcodec.Connect{Version: mqttcodec.V311, CleanStart: true, ClientID: []byte(id)}, nil)
	for _, f := range filters {
		b = mqttcodec.AppendSubscribe(b, mqttcodec.V311, 1, nil,
			[]mqttcodec.Subscription{{Filter: []byte(f), Options: mqttcodec.SubscribeOptions(qos)}})
	}
	r.turn(s, b)
	return s
}

// readSize is about what a lane reads at once from a busy publisher, in bytes.
const readSize = 64 << 10

// natsInput and mqttInput fill a read with publishes to the subjects in turn
// and tell how many they are.
func natsInput(subjects []string, payload int) (in []byte, n int) {
	for ; len(in) < readSize; n++ {
		in = natscodec.AppendPub(in, []byte(subjects[n%len(subjects)]), nil, make([]byte, payload))
	}
	return in, n
}

func mqttInput(topics []string, payload int) (in []byte, n int) {
	for ; len(in) < readSize; n++ {
		in = mqttcodec.AppendPublish(in, mqttcodec.V311, 0, []byte(topics[n%len(topics)]), 0, nil, make([]byte, payload))
	}
	return in, n
}

// run measures turns of input; one op is one published message.
func run(b *testing.B, r *rig, from session.Session, in []byte, messages int) {
	b.Helper()
	r.turn(from, in)
	before := r.hub.Traffic().Out
	b.ReportAllocs()
	b.SetBytes(int64(len(in) / messages))
	done := reportCPU(b)
	b.ResetTimer()
	for n := 0; n < b.N; n += messages {
		r.turn(from, in)
	}
	b.StopTimer()
	done()
	if r.hub.Traffic().Out == before {
		b.Fatal("nothing was delivered")
	}
}

func BenchmarkPipeline(b *testing.B) {
	many := func(format string) (names []string) {
		for i := range 1000 {
			names = append(names, fmt.Sprintf(format, i))
		}
		return names
	}
	for _, size := range []int{16, 256} {
		b.Run(fmt.Sprintf("NATS-NATS/%dB", size), func(b *testing.B) {
			r := newRig()
			r.natsClient("SUB bench.one 1\r\n")
			in, n := natsInput([]string{"bench.one"}, size)
			run(b, r, r.natsClient(""), in, n)
		})
		b.Run(fmt.Sprintf("NATS-MQTT/%dB", size), func(b *testing.B) {
			r := newRig()
			r.mqttClient("sub", "bench/one")
			in, n := natsInput([]string{"bench.one"}, size)
			run(b, r, r.natsClient(""), in, n)
		})
		b.Run(fmt.Sprintf("MQTT-NATS/%dB", size), func(b *testing.B) {
			r := newRig()
			r.natsClient("SUB bench.one 1\r\n")
			in, n := mqttInput([]string{"bench/one"}, size)
			run(b, r, r.mqttClient("pub"), in, n)
		})
		b.Run(fmt.Sprintf("MQTT-MQTT/%dB", size), func(b *testing.B) {
			r := newRig()
			r.mqttClient("sub", "bench/one")
			in, n := mqttInput([]string{"bench/one"}, size)
			run(b, r, r.mqttClient("pub"), in, n)
		})
	}
	b.Run("NATS-NATS/16B-1000-subjects", func(b *testing.B) {
		r := newRig()
		r.natsClient("SUB bench.> 1\r\n")
		in, n := natsInput(many("bench.s%03d"), 16)
		run(b, r, r.natsClient(""), in, n)
	})
	b.Run("NATS-NATS/128B-fan-out-100", func(b *testing.B) {
		r := newRig()
		for range 100 {
			r.natsClient("SUB bench.one 1\r\n")
		}
		in, n := natsInput([]string{"bench.one"}, 128)
		run(b, r, r.natsClient(""), in, n)
	})
}
