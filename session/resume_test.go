package session_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// device is a client with a session that outlives its connections: it writes
// down what it got and checks what the standard promises (§4.3.2, §4.4, §4.6).
type device struct {
	t        *testing.T
	g        *gateway
	r        *rand.Rand
	conn     *client // nil while it is away
	most     int     // unacknowledged messages at a time
	connects int
	next     int            // number of the message that must come next for the first time
	ids      map[uint16]int // not acknowledged: number by identifier
	out      []uint16       // of them, those that came on this connection
}

// connect comes back, or takes over from its own old connection.
func (d *device) connect() {
	d.connects++
	v := []mqtt.Version{mqtt.V5, mqtt.V311}[d.r.IntN(2)]
	d.conn = d.g.openMQTT(fmt.Sprint("device", d.connects), v)
	d.out = d.out[:0]
	line := "CONNECT device"
	d.most = 100
	if v == mqtt.V5 {
		d.most = 1 + d.r.IntN(8)
		line += fmt.Sprintf(" session-expiry=600 receive-maximum=%d", d.most)
	}
	converse(d.t, d.g, d.conn, line)
	d.read()
}

// read takes what has come.
func (d *device) read() {
	if d.conn == nil {
		return
	}
	var p mqtt.Packet
	for {
		n, err := d.conn.read.Next(d.conn.got, &p)
		if err != nil {
			d.t.Fatal(err)
		}
		d.conn.got = d.conn.got[n:]
		switch p.Type {
		case 0:
			return
		case mqtt.TypeConnack:
			if p.SessionPresent != (d.connects > 1) {
				d.t.Fatalf("connection %d: session present is %v", d.connects, p.SessionPresent)
			}
		case mqtt.TypePublish:
			d.take(&p)
		}
	}
}

func (d *device) take(p *mqtt.Packet) {
	var number int
	fmt.Sscan(string(p.Payload), &number)
	had, again := d.ids[p.ID]
	switch {
	case number == d.next && !again:
		// A message that the old connection had in its outbox may be new here
		// and a duplicate for the server.
		d.next++
	case again && had == number && p.Dup:
	default:
		d.t.Fatalf("message %d with identifier %d, duplicate %v: wanted %d; that identifier was %d", number, p.ID, p.Dup, d.next, had)
	}
	d.ids[p.ID] = number
	for _, id := range d.out {
		if id == p.ID {
			d.t.Fatalf("message %d came twice on one connection", number)
		}
		if d.ids[id] > number {
			d.t.Fatalf("message %d came after %d", number, d.ids[id])
		}
	}
	if d.out = append(d.out, p.ID); len(d.out) > d.most {
		d.t.Fatalf("%d unacknowledged, the client takes %d", len(d.out), d.most)
	}
}

// acknowledge answers some of what is out, in any order.
func (d *device) acknowledge() {
	for n := d.r.IntN(len(d.out) + 1); n > 0 && d.conn != nil && len(d.out) > 0; n-- {
		i := d.r.IntN(len(d.out))
		id := d.out[i]
		d.out = append(d.out[:i], d.out[i+1:]...)
		delete(d.ids, id)
		converse(d.t, d.g, d.conn, fmt.Sprintf("PUBACK %d", id))
		d.read()
	}
}

// A device loses and finds its connection, is taken over by itself, answers
// late and in any order, on one lane and on four: it gets every message, each
// new one in order, an old one only as a duplicate with the same identifier,
// and never more at a time than it takes.
func TestNothingIsLostOverConnections(t *testing.T) {
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 8))
		how := manner{lanes: 1 + 3*int(seed%2), budget: []int{64 << 10, 1}[r.IntN(2)], piece: []int{0, 7}[r.IntN(2)], eager: r.IntN(2) == 0}
		g, err := newGateway(defaultOptions(), how)
		if err != nil {
			t.Fatal(err)
		}
		d := &device{t: t, g: g, r: r, ids: make(map[uint16]int)}
		d.connect()
		converse(t, g, d.conn, "SUBSCRIBE 1 t/#,qos=1 t/+,qos=0")
		old, nats := g.openMQTT("old", mqtt.V311), g.openNATS("nats")
		converse(t, g, old, "CONNECT old clean")
		converse(t, g, nats, `CONNECT {"verbose":true,"pedantic":false}`)
		sent := 0
		for range 300 {
			switch k := r.IntN(12); {
			case k < 5:
				// One publisher at a time: order is per publisher.
				for range r.IntN(6) {
					payload := fmt.Sprintf("%d %s", sent, make([]byte, r.IntN(1<<r.IntN(14))))
					if from := sent / 50 % 2; from == 0 {
						b := mqtt.AppendPublish(nil, mqtt.V311, mqtt.PublishFlags(1, false, false), []byte("t/x"), uint16(sent%100+1), nil, []byte(payload))
						g.send(old, b)
					} else {
						g.send(nats, fmt.Appendf(nil, "PUB t.x %d\r\n%s\r\n", len(payload), payload))
					}
					sent++
					d.read()
				}
			case k < 9:
				d.acknowledge()
			case k < 10 && d.conn != nil:
				g.hangUp(d.conn)
				d.conn, d.out = nil, d.out[:0]
			default:
				if r.IntN(3) == 0 || d.conn == nil {
					d.connect()
				}
			}
		}
		for i := 0; d.next < sent || len(d.ids) > 0; i++ {
			if i > 10*sent {
				t.Fatalf("seed %d: %d of %d came, %d are not acknowledged", seed, d.next, sent, len(d.ids))
			}
			if d.conn == nil {
				d.connect()
			}
			d.acknowledge()
		}
		if n := g.hub.Stored(); n != 0 {
			t.Errorf("seed %d: %d bytes are left stored", seed, n)
		}
		if err := g.shut(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
