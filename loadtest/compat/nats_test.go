package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

func TestNatsPublishSubscribe(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		a, b := s.natsClient(t), s.natsClient(t)
		f := func(pattern, subject string, want bool) {
			t.Helper()
			ch := subscribe(t, a, pattern)
			must(t, b.Publish(subject, []byte("x")))
			must(t, b.Flush())
			must(t, a.Flush())
			if want {
				nextText(t, ch, subject, "x")
			}
			quiet(t, ch, "message for "+pattern)
		}
		f("a.b", "a.b", true)
		f("c.d", "c.e", false)
		f("e.*", "e.x", true)
		f("f.*", "f.x.y", false)
		f("g.*.z", "g.x.z", true)
		f("h.>", "h.x.y.z", true)
		f("i.>", "i", false)
		f("j.*.>", "j.x", false)
		f("k.*.>", "k.x.y", true)
		f("Up", "up", false)
	})
}

func TestNatsManySubscriptionsOnOneSubject(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		a, b := s.natsClient(t), s.natsClient(t)
		var chans []<-chan *nats.Msg
		for range 10 {
			chans = append(chans, subscribe(t, a, "same"), subscribe(t, b, "same"), subscribe(t, a, "*"))
		}
		for i := range 20 {
			must(t, b.Publish("same", fmt.Append(nil, i)))
		}
		for _, ch := range chans {
			for i := range 20 {
				nextText(t, ch, "same", fmt.Sprint(i))
			}
		}
		must(t, b.Flush())
		must(t, a.Flush())
		for _, ch := range chans {
			if len(ch) != 0 {
				t.Fatalf("%d messages too many", len(ch))
			}
		}
	})
}

func TestNatsQueueGroupCounts(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const total = 3000
		var members []<-chan *nats.Msg
		join := func(pattern, queue string) <-chan *nats.Msg {
			ch := make(chan *nats.Msg, total+1)
			nc := s.natsClient(t)
			_, err := nc.ChanQueueSubscribe(pattern, queue, ch)
			must(t, err)
			must(t, nc.Flush())
			return ch
		}
		// One group is what has the same name, whatever the patterns.
		for _, pattern := range []string{"work.*", "work.a", "work.>", "work.a"} {
			members = append(members, join(pattern, "q"))
		}
		other, plain := join("work.a", "other"), subscribe(t, s.natsClient(t), "work.a")
		pub := s.natsClient(t)
		for i := range total {
			must(t, pub.Publish("work.a", fmt.Append(nil, i)))
		}
		for _, ch := range []<-chan *nats.Msg{other, plain} {
			for i := range total {
				nextText(t, ch, "work.a", fmt.Sprint(i))
			}
		}
		sum := func() (n int) {
			for _, ch := range members {
				n += len(ch)
			}
			return n
		}
		eventually(t, "the whole group to have every message", func() bool { return sum() >= total })
		time.Sleep(100 * time.Millisecond) // for one too many
		if n := sum(); n != total {
			t.Errorf("the group got %d messages, want %d", n, total)
		}
		for i, ch := range members {
			if len(ch) < total/len(members)/4 {
				t.Errorf("member %d got %d of %d messages", i, len(ch), total)
			}
		}
	})
}

func TestNatsRequestReply(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		a, b := s.natsClient(t), s.natsClient(t)
		_, err := b.Subscribe("svc.*", func(m *nats.Msg) { _ = m.Respond([]byte(m.Subject + " " + string(m.Data))) })
		must(t, err)
		must(t, b.Flush())
		for i := range 500 {
			m, err := a.Request("svc.x", fmt.Append(nil, i), patience)
			must(t, err)
			if want := fmt.Sprintf("svc.x %d", i); string(m.Data) != want {
				t.Fatalf("got %q, want %q", m.Data, want)
			}
		}
		old := s.natsClient(t, nats.UseOldRequestStyle())
		m, err := old.Request("svc.y", []byte("1"), patience)
		must(t, err)
		if string(m.Data) != "svc.y 1" {
			t.Errorf("got %q", m.Data)
		}
	})
}

func TestNatsNoResponders(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc, other := s.natsClient(t), s.natsClient(t)
		refused := func() {
			t.Helper()
			begin := time.Now()
			if m, err := nc.Request("nobody.here", nil, patience); !errors.Is(err, nats.ErrNoResponders) {
				t.Fatalf("got %v, %v, want ErrNoResponders", m, err)
			}
			if d := time.Since(begin); d > patience/4 {
				t.Errorf("it took %v", d)
			}
		}
		refused()
		sub, err := other.Subscribe("nobody.*", func(m *nats.Msg) { _ = m.Respond(nil) })
		must(t, err)
		must(t, other.Flush())
		_, err = nc.Request("nobody.here", nil, patience)
		must(t, err)
		must(t, sub.Unsubscribe())
		must(t, other.Flush())
		refused()
		// A closed connection is no responder either.
		subscribe(t, other, "nobody.here")
		other.Close()
		eventually(t, "the closed responder to be forgotten", func() bool {
			_, err := nc.Request("nobody.here", nil, 100*time.Millisecond)
			return errors.Is(err, nats.ErrNoResponders)
		})
	})
}

func TestNatsHeaders(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		a, b := s.natsClient(t), s.natsClient(t)
		ch := subscribe(t, a, "h")
		sent := nats.NewMsg("h")
		sent.Header = nats.Header{
			"Url":  {"http://x:80/?a=b:c"},
			"Many": {"1", "2", "2", "1"},
			"case": {"kept"}, "Case": {"kept too"},
			"Empty": {""},
		}
		sent.Data = []byte("body")
		must(t, b.PublishMsg(sent))
		got := nextText(t, ch, "h", "body")
		if !reflect.DeepEqual(got.Header, sent.Header) {
			t.Errorf("got headers %v, want %v", got.Header, sent.Header)
		}
	})
}

// Headers pass byte for byte: their order, and even what is no header.
func TestNatsHeadersByteForByte(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const connect = `CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}` + "\r\n"
		sub := s.rawNATS(t, connect+"SUB h 9\r\nPING\r\n")
		sub.expect(t, "PONG\r\n")
		plain := s.rawNATS(t, `CONNECT {"verbose":false}`+"\r\nSUB h abc\r\nPING\r\n")
		plain.expect(t, "PONG\r\n")
		pub := s.rawNATS(t, connect)
		for _, block := range []string{
			"NATS/1.0\r\nz:1\r\na: 2\r\nz:  3\r\nA:x:y\r\n\r\n",
			"NATS/1.0 503 No Responders\r\n\r\n",
			"garbage \xff\x00 here",
		} {
			pub.send(t, fmt.Sprintf("HPUB h r.1 %d %d\r\n%sdata\r\n", len(block), len(block)+4, block))
			sub.expect(t, fmt.Sprintf("HMSG h 9 r.1 %d %d\r\n%sdata\r\n", len(block), len(block)+4, block))
			plain.expect(t, "MSG h abc r.1 4\r\ndata\r\n")
		}
	})
}

func TestNatsAutoUnsubscribe(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		a, b := s.natsClient(t), s.natsClient(t)
		sub, err := a.SubscribeSync("auto")
		must(t, err)
		must(t, sub.AutoUnsubscribe(5))
		must(t, a.Flush())
		for range 10 {
			must(t, b.Publish("auto", nil))
		}
		must(t, b.Flush())
		must(t, a.Flush())
		for range 5 {
			_, err := sub.NextMsg(patience)
			must(t, err)
		}
		if m, err := sub.NextMsg(patience); !errors.Is(err, nats.ErrMaxMessages) && !errors.Is(err, nats.ErrBadSubscription) {
			t.Errorf("after 5 messages: %v, %v", m, err)
		}
		if _, err := b.Request("auto", nil, patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("the used-up subscription is still there: %v", err)
		}
	})
}

func TestNatsNoEcho(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		a, b := s.natsClient(t, nats.NoEcho()), s.natsClient(t)
		own, other := subscribe(t, a, "echo"), subscribe(t, b, "echo")
		must(t, a.Publish("echo", []byte("from a")))
		nextText(t, other, "echo", "from a")
		must(t, b.Publish("echo", []byte("from b")))
		nextText(t, own, "echo", "from b")
		nextText(t, other, "echo", "from b")
		// Its own subscription does not make it a responder.
		subscribe(t, a, "self")
		if _, err := a.Request("self", nil, patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("a request that only its own sender hears: %v", err)
		}
	})
}

func TestNatsLargePayloads(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		a, b := s.natsClient(t), s.natsClient(t)
		if n := a.MaxPayload(); n != 1<<20 {
			t.Fatalf("INFO says max_payload %d, want 1 MiB", n)
		}
		ch := subscribe(t, a, "large")
		for _, size := range []int{1 << 20, 0, 1, 65535, 65536, 1 << 20} {
			data := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
			must(t, b.Publish("large", data))
			if m := next(t, ch, "a large message"); !bytes.Equal(m.Data, data) {
				t.Fatalf("%d bytes came as %d", size, len(m.Data))
			}
		}
		if err := b.Publish("large", make([]byte, 1<<20+1)); !errors.Is(err, nats.ErrMaxPayload) {
			t.Errorf("nats.go publishes too much: %v", err)
		}
	})
}

func TestNatsMaxPayloadFlag(t *testing.T) {
	t.Parallel()
	s := start(t, "--max-payload", "1000")
	nc := s.natsClient(t)
	if n := nc.MaxPayload(); n != 1000 {
		t.Errorf("INFO says max_payload %d, want 1000", n)
	}
	ch := subscribe(t, nc, "p")
	must(t, nc.Publish("p", make([]byte, 1000)))
	next(t, ch, "a message of the largest size")
	w := s.rawNATS(t, "CONNECT {\"verbose\":false}\r\nPUB p 1001\r\n")
	if got := w.rest(t); got != "-ERR 'Maximum Payload Violation'\r\n" {
		t.Errorf("one byte too many is answered by %q", got)
	}
	// Headers count.
	w = s.rawNATS(t, "CONNECT {\"verbose\":false,\"headers\":true}\r\nHPUB p 500 1001\r\n")
	if got := w.rest(t); got != "-ERR 'Maximum Payload Violation'\r\n" {
		t.Errorf("one byte too many with headers is answered by %q", got)
	}
}

func TestNatsVerboseAndPedanticClients(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		f := func(verbose, pedantic bool) {
			t.Helper()
			nc := s.natsClient(t, func(o *nats.Options) error {
				o.Verbose, o.Pedantic = verbose, pedantic
				return nil
			})
			ch := subscribe(t, nc, "vp.*")
			for i := range 100 {
				must(t, nc.Publish("vp.x", fmt.Append(nil, i)))
			}
			for i := range 100 {
				nextText(t, ch, "vp.x", fmt.Sprint(i))
			}
			must(t, nc.Flush())
			must(t, nc.LastError())
		}
		f(true, false)
		f(false, true)
		f(true, true)
	})
}

func TestNatsVerboseLineByLine(t *testing.T) {
	t.Parallel()
	s := start(t)
	w := s.rawNATS(t, "CONNECT {}\r\nSUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\nUNSUB 1\r\nUNSUB 7\r\nPUB a 0\r\n\r\nPING\r\n")
	w.expect(t, "+OK\r\n+OK\r\n+OK\r\nMSG a 1 2\r\nhi\r\nPONG\r\n+OK\r\n+OK\r\n+OK\r\nPONG\r\n")
	// Pedantic by default: told, and still routed.
	w.send(t, "PUB a.* 0\r\n\r\nSUB a..b 2\r\nPING\r\n")
	w.expect(t, "-ERR 'Invalid Publish Subject'\r\n+OK\r\n-ERR 'Invalid Subject'\r\nPONG\r\n")
}

func TestNatsRTT(t *testing.T) {
	t.Parallel()
	nc := start(t).natsClient(t)
	var all []time.Duration
	for range 50 {
		d, err := nc.RTT()
		must(t, err)
		all = append(all, d)
	}
	slices.Sort(all)
	if all[25] > 50*time.Millisecond {
		t.Errorf("the median of 50 round trips is %v", all[25])
	}
}

func TestNatsThousandSubscriptions(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		a, b := s.natsClient(t), s.natsClient(t)
		const n = 1000
		ch := make(chan *nats.Msg, 2*n)
		var subs []*nats.Subscription
		for i := range n {
			sub, err := a.ChanSubscribe(fmt.Sprintf("many.%d", i), ch)
			must(t, err)
			subs = append(subs, sub)
		}
		must(t, a.Flush())
		for i := range n {
			must(t, b.Publish(fmt.Sprintf("many.%d", i), nil))
		}
		for i := range n {
			nextText(t, ch, fmt.Sprintf("many.%d", i), "")
		}
		for _, sub := range subs[1:] {
			must(t, sub.Unsubscribe())
		}
		must(t, a.Flush())
		for i := range n {
			must(t, b.Publish(fmt.Sprintf("many.%d", n-1-i), nil))
		}
		nextText(t, ch, "many.0", "")
		must(t, b.Flush())
		must(t, a.Flush())
		quiet(t, ch, "message after UNSUB")
	})
}

func TestNatsInfo(t *testing.T) {
	t.Parallel()
	s := start(t)
	nc := s.natsClient(t)
	if !nc.HeadersSupported() {
		t.Error("INFO does not offer headers")
	}
	if nc.ConnectedServerId() == "" || nc.ConnectedServerVersion() == "" {
		t.Error("INFO names no server id or version")
	}
	id1, err := nc.GetClientID()
	must(t, err)
	id2, err := s.natsClient(t).GetClientID()
	must(t, err)
	if id1 == 0 || id1 == id2 {
		t.Errorf("client ids %d and %d", id1, id2)
	}
	if ip, err := nc.GetClientIP(); err != nil || ip.String() != "127.0.0.1" {
		t.Errorf("client_ip %v, %v", ip, err)
	}
	if nc.TLSRequired() || nc.AuthRequired() || strings.Contains(nc.ConnectedServerVersion(), " ") {
		t.Error("INFO asks for TLS or credentials")
	}
}
