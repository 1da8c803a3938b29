package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	paho5 "github.com/eclipse/paho.golang/paho"
)

// contender is one of many connections with the same client identifier. It
// acknowledges what comes and says how it ended.
type contender struct {
	*wire
	version byte
	got     func(payload string)
	end     chan byte // the reason in DISCONNECT, or 0 for a close without one
}

func (c *contender) run() {
	for {
		first, body, err := c.readPacket()
		switch {
		case err != nil:
			c.end <- 0
			return
		case first == 0xe0 && len(body) > 0:
			c.end <- body[0]
			return
		case first>>4 == 3:
			d := readDelivery(c.version, first, body)
			c.got(d.payload)
			_, _ = io.WriteString(c, mqttAck(0x40, d.id))
		}
	}
}

// A hundred connections with one client identifier come at once, while messages
// of QoS 1 come to it: one survives, all others of version 5 are told why they
// ended, and no message is lost.
func TestTakeoverStorm(t *testing.T) {
	for _, versions := range [][]byte{{5}, {4}, {5, 4, 3}} {
		t.Run(fmt.Sprint("versions ", versions), func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				const n = 100
				healthy := s.watch(t)
				var mu sync.Mutex
				missing := map[string]bool{}
				got := func(payload string) {
					mu.Lock()
					defer mu.Unlock()
					delete(missing, payload)
				}
				w, _ := s.rawSession(t, versions[0], "storm", sessionExpiry(60))
				w.grant(t, versions[0], "storm")
				all := []*contender{{w, versions[0], got, make(chan byte, 1)}}
				go all[0].run()

				pub, stop, stopped := s.mqtt5(t), make(chan struct{}), make(chan struct{})
				go func() {
					defer close(stopped)
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						default:
						}
						payload := strconv.Itoa(i)
						mu.Lock()
						missing[payload] = true
						mu.Unlock()
						r, err := pub.Publish(t.Context(), &paho5.Publish{Topic: "storm", QoS: 1, Payload: []byte(payload)})
						if err != nil || r.ReasonCode != 0 {
							t.Errorf("message %d: %v, %v", i, r, err)
							return
						}
					}
				}()
				for i := range n {
					c := &contender{dial(t, s.mqtt), versions[i%len(versions)], got, make(chan byte, 1)}
					all = append(all, c)
				}
				var together sync.WaitGroup
				for _, c := range all[1:] {
					together.Go(func() {
						properties := ""
						if c.version == 5 {
							properties = mqttProperties(sessionExpiry(60))
						}
						_, _ = io.WriteString(c, mqttConnectWith(c.version, 0, "storm", 0, properties, ""))
						go c.run()
					})
				}
				together.Wait()
				alive := make(map[*contender]bool, n+1)
				for _, c := range all {
					alive[c] = true
				}
				eventually(t, "one survivor", func() bool {
					for c := range alive {
						select {
						case reason := <-c.end:
							if delete(alive, c); c.version == 5 && reason != 0x8e || c.version < 5 && reason != 0 {
								t.Errorf("a loser of version %d was told %#x", c.version, reason)
							}
						default:
						}
					}
					return len(alive) <= 1
				})
				close(stop)
				<-stopped
				if len(alive) != 1 {
					t.Fatal("nobody survives")
				}
				eventually(t, "every message", func() bool {
					mu.Lock()
					defer mu.Unlock()
					return len(missing) == 0
				})
				for c := range alive {
					select {
					case reason := <-c.end:
						t.Errorf("the survivor has ended, %#x", reason)
					default:
					}
				}
				healthy.check(t)
			})
		})
	}
}

// expectTakenOver reads the end of a connection that was taken over.
func (w *wire) expectTakenOver(t *testing.T, version byte) {
	t.Helper()
	if version == 5 {
		w.expectPacket(t, 0xe0, "\x8e")
	}
	if first, body, err := w.readPacket(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the takeover came %#x % x, %v", first, body, err)
	}
}

// A takeover at each step of what two sides do in several steps. The session
// goes on where it was.
func TestTakeoverBetweenTheStepsOfAnExchange(t *testing.T) {
	for _, pair := range [][2]byte{{5, 5}, {4, 4}, {5, 4}, {4, 5}, {3, 5}} {
		t.Run(fmt.Sprint("version ", pair[1], " after ", pair[0]), func(t *testing.T) {
			onLanes(t, func(t *testing.T, s *server) {
				before, after := pair[0], pair[1]
				pub := s.mqtt5(t)
				// begin is a connection with a subscription; take takes it over.
				begin := func(id string) *wire {
					w, _ := s.rawSession(t, before, id, sessionExpiry(60))
					w.grant(t, before, id)
					return w
				}
				take := func(old *wire, id string) *wire {
					t.Helper()
					w, present := s.rawSession(t, after, id, sessionExpiry(60))
					if !present {
						t.Errorf("%s: no session present", id)
					}
					old.expectTakenOver(t, before)
					return w
				}
				alive := func(w *wire, id string) {
					t.Helper()
					if code := pub.publish1(t, id, "alive"); code != 0 {
						t.Errorf("%s: PUBACK %#x", id, code)
					}
					w.ack(t, w.deliveries(t, after, false, "alive")...)
					w.ping(t)
				}

				w := begin("idle")
				alive(take(w, "idle"), "idle")

				// The old connection has not read what was sent to it.
				w = begin("sent")
				pub.publish1(t, "sent", "unread")
				w2, _ := s.rawSession(t, after, "sent", sessionExpiry(60))
				id := w2.deliveries(t, after, true, "unread")
				if old := w.deliveries(t, before, false, "unread"); old[0] != id[0] {
					t.Errorf("identifier %d became %d", old[0], id[0])
				}
				w.expectTakenOver(t, before)
				w2.ack(t, id...)
				alive(w2, "sent")

				// Between PUBLISH and PUBACK, which then comes too late.
				w = begin("unacked")
				pub.publish1(t, "unacked", "1")
				pub.publish1(t, "unacked", "2")
				ids := w.deliveries(t, before, false, "1", "2")
				w.ack(t, ids[0])
				w.ping(t)
				w2 = take(w, "unacked")
				_, _ = io.WriteString(w, mqttAck(0x40, ids[1]))
				if again := w2.deliveries(t, after, true, "2"); again[0] != ids[1] {
					t.Errorf("identifier %d became %d", ids[1], again[0])
				}
				w2.ack(t, ids[1])
				alive(w2, "unacked")

				// Between PUBREC and PUBREL of a publish with QoS 2.
				w = begin("received")
				two := func(version byte, first byte, payload string) string {
					properties := ""
					if version == 5 {
						properties = "\x00"
					}
					return mqttPacket(first, mqttString("received")+"\x00\x09"+properties+payload)
				}
				w.send(t, two(before, 0x34, "once"))
				for range 2 { // PUBREC, and the message, as it hears itself
					if first, body := w.packet(t); first>>4 == 3 {
						w.ack(t, readDelivery(before, first, body).id)
					} else if first != 0x50 {
						t.Fatalf("got packet %#x % x, want PUBREC", first, body)
					}
				}
				w.ping(t)
				w2 = take(w, "received")
				w2.send(t, two(after, 0x3c, "once"))
				w2.expectPacket(t, 0x50, "\x00\x09")
				w2.send(t, mqttAck(0x62, 9))
				w2.expectPacket(t, 0x70, "\x00\x09")
				alive(w2, "received")

				// SUBSCRIBE and PUBLISH sent, nothing read.
				w = begin("pipelined")
				w.send(t, mqttSubscribeQoS(before, "pipelined/too", 1)+mqttPublish1(before, 3, "pipelined/too", "x")+"\xc0\x00")
				w.expectPacket(t, 0x90, "\x00\x01")
				w2, _ = s.rawSession(t, after, "pipelined", sessionExpiry(60))
				w2.ack(t, w2.deliveries(t, after, true, "x")...)
				alive(w2, "pipelined")

				// After DISCONNECT there is nobody to be told.
				w = begin("left")
				w.send(t, "\xe0\x00")
				w2, present := s.rawSession(t, after, "left", sessionExpiry(60))
				if !present {
					t.Error("left: no session present")
				}
				alive(w2, "left")
			})
		})
	}
}

// The old connection does not read, and much waits for it.
func TestTakeoverOfAStalledConnection(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const total, size = 250, 50_000 // more than the kernel holds
		pub := s.mqtt5(t)
		w, _ := s.rawSession(t, 5, "stalled", sessionExpiry(60))
		_ = w.Conn.(*net.TCPConn).SetReadBuffer(32 << 10)
		w.grant(t, 5, "stalled")
		payload := strings.Repeat("x", size)
		for i := range total {
			if code := pub.publish1(t, "stalled", fmt.Sprintf("%04d%s", i, payload)); code != 0 {
				t.Fatalf("PUBACK %#x for message %d", code, i)
			}
		}
		ids := w.deliveries(t, 5, false, "0000"+payload, "0001"+payload)
		w.ack(t, ids[0])
		w2, present := s.rawSession(t, 5, "stalled", sessionExpiry(60))
		if !present {
			t.Error("no session present")
		}
		sent := true // to the old connection
		for i := 0; i < total; i++ {
			d := w2.delivery(t, 5)
			if i == 0 && d.payload[:4] == "0001" {
				i++ // the acknowledgement was in time
			}
			if sent = sent && d.dup; d.payload != fmt.Sprintf("%04d%s", i, payload) || d.dup != sent {
				t.Fatalf("got message %.4s with DUP %v, want %d", d.payload, d.dup, i)
			}
			if i == 1 && (d.id != ids[1] || !d.dup) {
				t.Errorf("message 1 comes with identifier %d, DUP %v, before with %d", d.id, d.dup, ids[1])
			}
			w2.ack(t, d.id)
		}
		w2.ping(t)
		w.rest(t) // it ends, whatever of it was read
	})
}

// CONNECT in two halves: it counts when it is complete, whoever began first.
func TestTakeoverByAHalfSentConnect(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		pub := s.mqtt5(t)
		for _, version := range []byte{3, 4, 5} {
			id, properties := fmt.Sprint("half", version), ""
			if version == 5 {
				properties = mqttProperties(sessionExpiry(60))
			}
			connect := mqttConnectWith(version, 0, id, 0, properties, "")
			for cut := 1; cut < len(connect); cut += 3 {
				early := dial(t, s.mqtt)
				early.send(t, connect[:cut])
				late := dial(t, s.mqtt)
				late.send(t, connect+mqttSubscribeQoS(version, id, 1))
				late.expectPacket(t, 0x20, "")
				late.expectPacket(t, 0x90, "\x00\x01")
				pub.publish1(t, id, "x")
				late.deliveries(t, version, false, "x")
				early.send(t, connect[cut:])
				early.expectPacket(t, 0x20, "")
				early.ack(t, early.deliveries(t, version, true, "x")...)
				late.expectTakenOver(t, version)
				early.ping(t)
				early.Close()
			}
		}
	})
}

// Two connections send CONNECT, SUBSCRIBE and PUBLISH in one go, again and
// again. Whoever comes second has the session, and nothing is lost.
func TestTakeoverOfPipelinedConnects(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		for i := range 20 {
			id := fmt.Sprint("pipeline", i)
			two := [2]*wire{dial(t, s.mqtt), dial(t, s.mqtt)}
			for k, w := range two {
				w.send(t, mqttConnectWith(5, 0, id, 0, mqttProperties(sessionExpiry(60)), "")+
					mqttSubscribeQoS(5, id, 1)+mqttPublish1(5, 1, id, fmt.Sprint("of ", k)))
			}
			got := map[string]bool{}
			var ended [2]bool
			for k, w := range two {
				_ = w.SetReadDeadline(time.Now().Add(patience))
				for !ended[k] && len(got) < 2 {
					first, body, err := w.readPacket()
					switch {
					case err != nil:
						t.Fatalf("round %d, connection %d: %v, got %v", i, k, err, got)
					case first>>4 == 3:
						got[readDelivery(5, first, body).payload] = true
					case first == 0xe0 && body[0] == 0x8e:
						ended[k] = true
					}
				}
			}
			if len(got) != 2 {
				t.Fatalf("round %d: got %v, ended %v", i, got, ended)
			}
			for _, w := range two {
				w.Close()
			}
		}
	})
}
