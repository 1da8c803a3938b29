package bench

import (
	"fmt"
	"testing"

	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/session"
	"github.com/isthmus-mq/isthmus/session/nats"
)

// lanes is two lanes of NATS sessions, run in turn by one goroutine: the first
// one publishes, the second one receives.
type lanes struct {
	hub   *hub.Hub
	pools [2]session.Buffers
	nats  [2]*nats.Lane
	conns [2][]*sink
	mails []*hub.Mail // for the second lane
}

func newLanes() *lanes {
	r := &lanes{hub: hub.New(hub.Options{Lanes: 2})}
	for i := range r.nats {
		r.hub.Lane(i).SetPost(func(to int, m *hub.Mail) { r.mails = append(r.mails, m) })
		r.nats[i] = nats.NewLane(r.hub.Lane(i), &nats.Options{
			Limits: natscodec.Limits{ControlLine: natscodec.DefaultControlLine, Payload: natscodec.DefaultPayload},
		})
	}
	return r
}

func (r *lanes) client(lane int, first string) session.Session {
	c := newSink(&r.pools[lane])
	r.conns[lane] = append(r.conns[lane], c)
	s := r.nats[lane].NewSession(c)
	s.Open()
	r.turn(lane, func() {
		s.Input([]byte(`CONNECT {"verbose":false,"pedantic":false,"headers":true}` + "\r\n" + first))
	})
	return s
}

func (r *lanes) turn(lane int, what func()) {
	r.hub.Lane(lane).BeginTurn()
	what()
	r.hub.Lane(lane).EndTurn()
	for _, c := range r.conns[lane] {
		if c.out.Len() > 0 {
			c.flush()
		}
	}
}

// publish is a read on the first lane and the turn that follows on the second.
func (r *lanes) publish(from session.Session, in []byte) {
	r.turn(0, func() { from.Input(in) })
	r.turn(1, func() {
		for _, m := range r.mails {
			for done := false; !done; {
				_, done = r.hub.Lane(1).Receive(m, readSize)
			}
			m.Done()
		}
	})
	r.mails = r.mails[:0]
}

// BenchmarkLanes is the way of a message from one lane to another, less what
// waking a lane costs.
func BenchmarkLanes(b *testing.B) {
	for _, c := range []struct {
		name        string
		subscribers int
		in          reads
	}{
		{"16B", 1, natsReads(repeated("bench.one", 1400), 16)},
		{"16B-sizes", 1, natsReads(repeated("bench.one", 1400), 16, 17)},
		{"16B-1000-subjects", 1, natsReads(numbered("bench.s%03d", 1000), 16)},
		{"128B-sizes-fan-out-100", 100, natsReads(repeated("bench.one", 400), 128, 129)},
	} {
		b.Run("NATS-NATS/"+c.name, func(b *testing.B) {
			r := newLanes()
			for i := range c.subscribers {
				r.client(1, fmt.Sprintf("SUB bench.> %d\r\n", i+1))
			}
			from := r.client(0, "")
			for range 10 {
				r.publish(from, c.in.ins[0])
			}
			before := r.hub.Traffic().Out
			b.ReportAllocs()
			done := reportCPU(b)
			b.ResetTimer()
			for n := 0; n < b.N; n += c.in.messages[0] {
				r.publish(from, c.in.ins[0])
			}
			b.StopTimer()
			done()
			if r.hub.Traffic().Out == before {
				b.Fatal("nothing was delivered")
			}
		})
	}
}
