package e2e

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
)

// While somebody of a group is online, nothing is stored for those who are not;
// when nobody is, one of them gets it later, if it has QoS 1.
func TestGroupMembersWhoAreAway(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n = 100
		pub := s.mqtt5(t)
		join := func(name string, version byte) *wire {
			w, _ := s.rawSession(t, version, name, sessionExpiry(60))
			w.grant(t, version, "$share/g/away")
			w.grant(t, version, "here/"+name)
			return w
		}
		leave := func(w *wire, name string) {
			t.Helper()
			w.Close()
			s.awaitNobody(t, "here."+name)
		}
		publish := func(code byte) (payloads []string) {
			t.Helper()
			for range n {
				payload := unique("message")
				if got := pub.publish1(t, "away", payload); got != code {
					t.Fatalf("PUBACK %#x, want %#x", got, code)
				}
				payloads = append(payloads, payload)
			}
			return payloads
		}
		a, b := join("a", 5), join("b", 4)
		leave(a, "a")
		b.ack(t, b.deliveries(t, 4, false, publish(0)...)...)
		b.ping(t)
		a, _ = s.rawSession(t, 5, "a", sessionExpiry(60))
		a.ping(t) // nothing was stored
		leave(b, "b")
		a.ack(t, a.deliveries(t, 5, false, publish(0)...)...)
		a.ping(t)
		leave(a, "a")

		stored := map[string]bool{}
		for _, payload := range publish(0) {
			stored[payload] = true
		}
		nc := s.natsClient(t)
		for range n {
			must(t, nc.Publish("away", []byte("of QoS 0")))
		}
		must(t, nc.Flush())
		s.awaitNobody(t, "away") // a request has no responders

		// A NATS member is one who is online, and takes no more than is new.
		ch := make(chan *nats.Msg, 2*n)
		sub, err := nc.ChanQueueSubscribe("away", "g", ch)
		must(t, err)
		must(t, nc.Flush())
		for _, payload := range publish(0) {
			nextText(t, ch, "away", payload)
		}
		must(t, sub.Unsubscribe())
		must(t, nc.Flush())
		if len(ch) != 0 {
			t.Errorf("the NATS member got %d messages too many", len(ch))
		}

		// What was stored comes to one of the two, once.
		a, _ = s.rawSession(t, 5, "a", sessionExpiry(60))
		b, _ = s.rawSession(t, 4, "b")
		var mu sync.Mutex
		take := func(w *wire, version byte) {
			for {
				first, body, err := w.readPacket()
				if err != nil || first>>4 != 3 {
					return
				}
				d := readDelivery(version, first, body)
				mu.Lock()
				if !stored[d.payload] || d.dup || d.qos != 1 {
					t.Errorf("got %+v", d)
				}
				delete(stored, d.payload)
				mu.Unlock()
				_, _ = w.Write([]byte(mqttAck(0x40, d.id)))
			}
		}
		go take(a, 5)
		go take(b, 4)
		eventually(t, "all that was stored", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(stored) == 0
		})
	})
}

// What a member has not acknowledged when it goes for good, or has not even
// been sent, goes to those who stay: once, and marked DUP if it had been sent.
func TestUnacknowledgedGroupMessagesGoOn(t *testing.T) {
	const window, n = 20, 200
	for _, dying := range []byte{4, 5} {
		for _, heir := range []string{"MQTT 3.1.1", "MQTT 5", "NATS"} {
			t.Run(fmt.Sprintf("MQTT of version %d to %s", dying, heir), func(t *testing.T) {
				onLanes(t, func(t *testing.T, s *server) {
					w := s.rawMQTT(t, dying, 0)
					w.grant(t, dying, "$share/q/dies/+")
					var mu sync.Mutex
					came, again := map[string]int{}, map[string]bool{}
					come := func(payload string, dup bool) {
						mu.Lock()
						defer mu.Unlock()
						came[payload]++
						if dup {
							again[payload] = true
						}
					}
					switch heir {
					case "NATS":
						nc := s.natsClient(t)
						_, err := nc.QueueSubscribe("dies.*", "q", func(m *nats.Msg) { come(string(m.Data), false) })
						must(t, err)
						must(t, nc.Flush())
					case "MQTT 5":
						c := s.mqtt5(t)
						c.subscribe1(t, "$share/q/dies/+")
						go func() {
							for m := range c.in {
								come(string(m.Payload), m.Duplicate())
							}
						}()
					default:
						c := s.mqtt3(t, 4)
						c.subscribe(t, "$share/q/dies/+", 1)
						go func() {
							for m := range c.in {
								come(string(m.Payload()), m.Duplicate())
							}
						}()
					}
					pub := s.mqtt5(t)
					for i := range n {
						if code := pub.publish1(t, "dies/x", fmt.Sprint(i)); code != 0 {
							t.Errorf("PUBACK %#x", code)
						}
					}
					sent := map[string]bool{}
					var ids []uint16
					for range window {
						d := w.delivery(t, dying)
						sent[d.payload], ids = true, append(ids, d.id)
					}
					w.ping(t) // the window is full
					w.ack(t, ids[0], ids[1])
					for range 2 { // so two more come
						d := w.delivery(t, dying)
						sent[d.payload], ids = true, append(ids, d.id)
					}
					w.Close()
					const acknowledged = 2
					eventually(t, "all that was not acknowledged", func() bool {
						mu.Lock()
						defer mu.Unlock()
						return len(came) >= n-acknowledged
					})
					pub.publish1(t, "dies/x", "end") // to the only one left, behind all
					eventually(t, "the end", func() bool {
						mu.Lock()
						defer mu.Unlock()
						return came["end"] > 0
					})
					if len(came) != n-acknowledged+1 {
						t.Errorf("%d messages came, want %d", len(came), n-acknowledged+1)
					}
					for payload, count := range came {
						if count != 1 {
							t.Errorf("%q came %d times", payload, count)
						}
						if heir != "NATS" && again[payload] != sent[payload] {
							t.Errorf("%q: sent before %v, DUP %v", payload, sent[payload], again[payload])
						}
					}
					if moved := s.counted("group_redispatched"); moved < window || moved > n {
						t.Errorf("group_redispatched is counted %d times", moved)
					}
				}, "--max-inflight", fmt.Sprint(window), "--log-level", "debug")
			})
		}
	}
}

// A member whose session stays may come back to what it had, or others may
// have got it: nothing is lost.
func TestUnacknowledgedGroupMessagesOfASessionThatStays(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n = 200
		w, _ := s.rawSession(t, 5, "stays", sessionExpiry(60))
		w.grant(t, 5, "$share/q/stays")
		w.grant(t, 5, "stays/here")
		other, pub := s.mqtt5(t), s.mqtt5(t)
		other.subscribe1(t, "$share/q/stays")
		for i := range n {
			pub.publish1(t, "stays", fmt.Sprint(i))
		}
		w.delivery(t, 5)
		w.Close()
		s.awaitNobody(t, "stays.here")
		for i := range n {
			pub.publish1(t, "stays", fmt.Sprint(n+i)) // to the other
		}
		w, present := s.rawSession(t, 5, "stays", sessionExpiry(60))
		if !present {
			t.Error("no session present")
		}
		come := make(chan string, 2*n)
		go func() {
			for {
				first, body, err := w.readPacket()
				if err != nil || first>>4 != 3 {
					return
				}
				d := readDelivery(5, first, body)
				_, _ = w.Write([]byte(mqttAck(0x40, d.id)))
				come <- d.payload
			}
		}()
		came := map[string]int{}
		for len(came) < 2*n {
			select {
			case m := <-other.in:
				came[string(m.Payload)]++
			case payload := <-come:
				came[payload]++
			default:
				eventually(t, fmt.Sprintf("more than %d of %d messages", len(came), 2*n), func() bool { return len(other.in)+len(come) > 0 })
			}
		}
		for payload, count := range came {
			if count != 1 {
				t.Errorf("message %s came %d times", payload, count)
			}
		}
	})
}

// What is under way to a member on another lane, when that goes away with a
// session that stays, goes to those who are there, too.
func TestGroupMembersFallAsleep(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const sleepers = 60
		g := s.gathering(t)
		g.mqtt("stays", 5, "$share/q/asleep")
		nc := s.natsClient(t, verbose)
		total, sum := 0, 0 // published, and what the sleepers have had
		for i := range sleepers {
			id := fmt.Sprint("sleeper-", i)
			w, _ := s.rawSession(t, 5, id, sessionExpiry(60))
			w.grant(t, 5, "$share/q/asleep")
			w.grant(t, 5, "here/"+id)
			had := make(chan int, 1)
			go func() {
				n := 0
				for ; n < 50; n++ { // then it sleeps
					first, body, err := w.readPacket()
					if err != nil || first>>4 != 3 {
						t.Errorf("%s: %#x % x, %v", id, first, body, err)
						break
					}
					_, _ = io.WriteString(w, mqttAck(0x40, readDelivery(5, first, body).id))
				}
				_, _ = io.WriteString(w, "\xe0\x00")
				had <- n
			}()
			for asleep := false; !asleep; {
				for range 10 {
					must(t, nc.Publish("asleep", fmt.Append(nil, total)))
					total++
				}
				must(t, nc.Flush())
				select {
				case n := <-had:
					sum, asleep = sum+n, true
				default:
				}
			}
			s.awaitNobody(t, "here."+id)
		}
		eventually(t, "every message to come to who has not slept", func() bool { return g.has("stays")+sum >= total })
		if counts := g.settled(); counts["stays"]+sum != total {
			t.Errorf("%d messages came to who stays, %d to others; want %d in all", counts["stays"], sum, total)
		}
	}, "--max-queued", "100000")
}

// What a group has stored for a session that ends goes to another session of
// the group.
func TestStoredGroupMessagesOutliveASession(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		const n = 100
		for _, id := range []string{"a", "b"} {
			w, _ := s.rawSession(t, 5, id, sessionExpiry(60))
			w.grant(t, 5, "$share/g/outlives")
			w.Close()
		}
		s.awaitNobody(t, "outlives")
		pub, stored := s.mqtt5(t), map[string]bool{}
		for i := range n {
			if code := pub.publish1(t, "outlives", fmt.Sprint(i)); code != 0 {
				t.Errorf("PUBACK %#x", code)
			}
			stored[fmt.Sprint(i)] = true
		}
		a := dial(t, s.mqtt)
		a.send(t, mqttConnect(5, "a", 0, "")) // a clean start
		a.expectPacket(t, 0x20, "\x00\x00")
		b, _ := s.rawSession(t, 5, "b", sessionExpiry(60))
		for range n {
			d := b.delivery(t, 5)
			if !stored[d.payload] || d.dup {
				t.Errorf("got %+v", d)
			}
			delete(stored, d.payload)
			b.ack(t, d.id)
		}
		b.ping(t)
	})
}

// NATS members that leave by UNSUB, again and again, get what was sent to them
// before, and what was still under way between lanes goes to another member.
func TestGroupMembersComeAndGo(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		n := 20_000
		if raceMode {
			n /= 10
		}
		g := s.gathering(t)
		g.mqtt("stays", 5, "$share/q/going")
		stop, counts, going := make(chan struct{}), make(chan int, 6), make(chan struct{}, 6)
		for range cap(counts) {
			w := s.rawNATS(t, connect0)
			go func() {
				count := 0
				defer func() { counts <- count }()
				until := func(say string) bool { // the PONG that answers it
					if _, err := fmt.Fprint(w, say, "PING\r\n"); err != nil {
						t.Errorf("coming and going: %v", err)
						return false
					}
					for {
						line, err := w.r.ReadString('\n')
						switch {
						case err != nil:
							t.Errorf("coming and going: %v", err)
							return false
						case line == "PONG\r\n":
							return true
						case strings.HasPrefix(line, "MSG "):
							count++
						}
					}
				}
				for sid := 0; ; sid++ {
					select {
					case <-stop:
						return
					default:
					}
					if !until(fmt.Sprintf("SUB going q %d\r\n", sid)) || !until("") || !until(fmt.Sprintf("UNSUB %d\r\n", sid)) {
						return
					}
					if sid == 0 {
						going <- struct{}{}
					}
				}
			}()
		}
		for range cap(going) {
			next(t, going, "a member that comes and goes")
		}
		nc := s.natsClient(t, verbose)
		for i := range n {
			must(t, nc.Publish("going", fmt.Append(nil, i)))
			if i%50 == 0 { // so that others have time to go
				must(t, nc.Flush())
			}
		}
		must(t, nc.Flush())
		close(stop)
		sum := 0
		for range cap(counts) {
			sum += next(t, counts, "the count of a member that came and went")
		}
		eventually(t, "every message", func() bool { return g.has("stays")+sum >= n })
		if counts := g.settled(); counts["stays"]+sum != n || sum == 0 {
			t.Errorf("%d messages came to who stays, %d to others; want %d in all", counts["stays"], sum, n)
		}
	}, "--max-queued", "100000")
}
