package loadtest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/loadtest/client"
)

// faulty is a NATS server that does to messages what a good one never does. It
// is a fake because no real server can be told to.
type faulty struct {
	fault func(n int, deliver func(payload []byte), payload []byte)

	mu   sync.Mutex
	subs []faultySub
	n    int
}

type faultySub struct {
	conn    net.Conn
	subject string
	sid     string
}

// startFaulty serves until the test ends and returns options that lead there.
func startFaulty(t *testing.T, fault func(n int, deliver func([]byte), payload []byte)) Options {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &faulty{fault: fault}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	o := Defaults()
	o.NATS, o.Patience, o.ProgressTo = l.Addr().String(), 300*time.Millisecond, t.Output()
	return o
}

func (s *faulty) serve(c net.Conn) {
	defer c.Close()
	var p nats.Parser
	p.Init(nats.FromClient, nil)
	fmt.Fprint(c, "INFO {\"headers\":true,\"max_payload\":1048576}\r\n")
	var f nats.Frame
	for buf := make([]byte, 4096); ; {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		for in := buf[:n]; ; {
			n, err := p.Next(in, &f)
			if err != nil {
				return
			}
			in = in[n:]
			if f.Op == nats.OpNone {
				break
			}
			s.handle(c, &f)
		}
	}
}

func (s *faulty) handle(c net.Conn, f *nats.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch f.Op {
	case nats.OpPing:
		fmt.Fprint(c, nats.Pong)
	case nats.OpSub:
		s.subs = append(s.subs, faultySub{c, string(f.Subject), string(f.SID)})
	case nats.OpPub:
		subject := string(f.Subject)
		s.fault(s.n, func(payload []byte) {
			for _, to := range s.subs {
				if to.subject == subject {
					_, _ = to.conn.Write(nats.AppendMsg(nil, f.Subject, to.sid, nil, payload))
				}
			}
		}, append([]byte(nil), f.Payload...))
		s.n++
	}
}

// Every fault is counted as what it is.
func TestFaultsAreCounted(t *testing.T) {
	var late []byte
	for _, c := range []struct {
		name                              string
		fault                             func(n int, deliver func([]byte), payload []byte)
		lost, duplicated, reordered, harm uint64
		says                              string
	}{
		{"none", func(_ int, deliver func([]byte), p []byte) { deliver(p) }, 0, 0, 0, 0, ""},
		{"loses in the middle", func(n int, deliver func([]byte), p []byte) {
			if n%100 != 50 {
				deliver(p)
			}
		}, 5, 0, 0, 0, "5 of 500 messages were lost"},
		{"loses the last", func(n int, deliver func([]byte), p []byte) {
			if n < 497 {
				deliver(p)
			}
		}, 3, 0, 0, 0, "3 of 500 messages were lost"},
		{"twice", func(n int, deliver func([]byte), p []byte) {
			deliver(p)
			if n%250 == 7 {
				deliver(p)
			}
		}, 0, 2, 0, 0, "2 messages came twice"},
		{"out of order", func(n int, deliver func([]byte), p []byte) {
			switch n {
			case 10:
				late = p
			case 12:
				deliver(p)
				deliver(late)
			default:
				deliver(p)
			}
		}, 0, 0, 1, 0, "1 messages came out of order"},
		{"damaged", func(n int, deliver func([]byte), p []byte) {
			if n == 3 {
				p[len(p)-1] ^= 1
			}
			deliver(p)
		}, 1, 0, 0, 1, "1 messages came with another payload"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := startFaulty(t, c.fault)
			f := smallFlow(client.NATS, client.NATS)
			f.Messages, f.Size, f.Window = 500, 32, 50
			report, err := PubSub{f, "pubsub"}.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			r := report.Runs[0]
			if r.Published != 500 || r.Lost != c.lost || r.Duplicated != c.duplicated || r.Reordered != c.reordered || r.Damaged != c.harm {
				t.Errorf("published %d, lost %d, duplicated %d, reordered %d, damaged %d", r.Published, r.Lost, r.Duplicated, r.Reordered, r.Damaged)
			}
			if says := strings.Join(r.Failures, "\n"); !strings.Contains(says, c.says) || report.Failed() != (c.says != "") {
				t.Errorf("failures %q, want %q", says, c.says)
			}
			if c.lost > 0 && c.harm == 0 {
				o := startFaulty(t, c.fault)
				o.AllowLoss = true
				if r, err := (PubSub{f, "pubsub"}).Run(t.Context(), o); err != nil || r.Failed() || r.Runs[0].Lost != c.lost {
					t.Errorf("with --allow-loss: %v, %v", err, r.Runs[0].Failures)
				}
			}
		})
	}
}

// A server that stands still for 300 ms delays in an open loop everything that
// was due in that time, and the latencies say so.
func TestStallCountsForAllThatWereDue(t *testing.T) {
	const stall = 300 * time.Millisecond
	o := startFaulty(t, func(n int, deliver func([]byte), p []byte) {
		if n == 100 {
			time.Sleep(stall)
		}
		deliver(p)
	})
	f := smallFlow(client.NATS, client.NATS)
	f.Messages, f.Rate, f.Size = 800, 1000, 1024
	d := run(t, PubSub{f, "pubsub"}, o).Runs[0].Times["latency"]
	if longest := d.At(100); longest < stall-time.Millisecond {
		t.Errorf("the longest latency is %v", longest)
	}
	// 300 of 800 messages were due during the stall: two thirds of them waited for
	// 100 ms and more.
	if p75 := d.At(76); p75 < stall/3 {
		t.Errorf("p76 is %v, want at least %v", p75, stall/3)
	}
}

// A server that takes nothing any more ends a flat-out run early, and loudly.
func TestNothingMoves(t *testing.T) {
	o := startFaulty(t, func(int, func([]byte), []byte) {})
	f := smallFlow(client.NATS, client.NATS)
	f.Window = 10
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := PubSub{f, "pubsub"}.Run(ctx, o)
	if err != nil || ctx.Err() != nil {
		t.Fatal(err, ctx.Err())
	}
	if one := r.Runs[0]; one.Published != 10 || one.Lost != 10 || !r.Failed() {
		t.Errorf("published %d, lost %d, failures %v", one.Published, one.Lost, one.Failures)
	}
}
