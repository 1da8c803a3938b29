package e2e

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	paho5 "github.com/eclipse/paho.golang/paho"
	paho3 "github.com/eclipse/paho.mqtt.golang"
)

// Everybody who can publish with QoS 1, to everybody who can receive it.
func TestQoS1InAllDirections(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		p3, p4, p5 := s.mqtt3(t, 3), s.mqtt3(t, 4), s.mqtt5(t)
		plain, talkative := s.natsClient(t), s.natsClient(t, verbose)
		publishers := []struct {
			name    string
			publish func(payload string)
		}{
			{"MQTT 3.1", func(p string) { done(t, p3.Publish("all/ways", 1, false, p)) }},
			{"MQTT 3.1.1", func(p string) { done(t, p4.Publish("all/ways", 1, false, p)) }},
			{"MQTT 5", func(p string) {
				if code := p5.publish1(t, "all/ways", p); code != 0 {
					t.Errorf("PUBACK %#x", code)
				}
			}},
			{"NATS, header", func(p string) { must(t, plain.PublishMsg(withQoS("1", "all.ways", p))) }},
			{"NATS, verbose", func(p string) { must(t, talkative.Publish("all.ways", []byte(p))) }},
			{"NATS, verbose, in its own header", func(p string) { must(t, talkative.PublishMsg(withQoS("1", "all.ways", p))) }},
		}
		s3, s4, s5 := s.mqtt3(t, 3), s.mqtt3(t, 4), s.mqtt5(t)
		s3.subscribe(t, "all/+", 1)
		s4.subscribe(t, "all/#", 1)
		s5.subscribe1(t, "all/ways")
		ch := subscribe(t, s.natsClient(t), "all.>")
		for _, pub := range publishers {
			for i := range 50 {
				payload := fmt.Sprint(pub.name, " ", i)
				pub.publish(payload)
				for _, m := range []paho3.Message{s3.nextText(t, "all/ways", payload), s4.nextText(t, "all/ways", payload)} {
					if m.Qos() != 1 || m.Duplicate() || m.Retained() || m.MessageID() == 0 {
						t.Fatalf("%q came with QoS %d, DUP %v, retain %v, id %d", payload, m.Qos(), m.Duplicate(), m.Retained(), m.MessageID())
					}
				}
				m := s5.nextText(t, "all/ways", payload)
				if m.QoS != 1 || m.Duplicate() || m.Retain || m.PacketID == 0 {
					t.Fatalf("%q came with QoS %d, DUP %v, retain %v, id %d", payload, m.QoS, m.Duplicate(), m.Retain, m.PacketID)
				}
				if user := m.Properties.User; len(user) != 0 {
					t.Fatalf("%q came with the user properties %v", payload, user)
				}
				nextText(t, ch, "all.ways", payload)
			}
		}
	})
}

// What is delivered has the lower of the QoS published and the QoS granted.
func TestQoSIsTheLowerOfPublishedAndGranted(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		type receiver struct {
			name    string
			granted byte
			next    func(payload string) (qos byte)
		}
		var receivers []receiver
		for asked := range byte(3) {
			granted := asked
			for _, version := range []uint{3, 4} {
				c := s.mqtt3(t, version)
				if got := c.subscribe(t, "lower", asked); got != granted {
					t.Errorf("version %d: SUBACK %#x for QoS %d, want %d", version, got, asked, granted)
				}
				receivers = append(receivers, receiver{fmt.Sprint("version ", version), granted,
					func(p string) byte { return c.nextText(t, "lower", p).Qos() }})
			}
			c := s.mqtt5(t)
			ack, err := c.Subscribe(t.Context(), &paho5.Subscribe{Subscriptions: []paho5.SubscribeOptions{{Topic: "lower", QoS: asked}}})
			must(t, err)
			if !bytes.Equal(ack.Reasons, []byte{granted}) {
				t.Errorf("version 5: SUBACK % x for QoS %d, want %d", ack.Reasons, asked, granted)
			}
			receivers = append(receivers, receiver{"version 5", granted,
				func(p string) byte { return c.nextText(t, "lower", p).QoS }})
		}
		serial := 0
		f := func(published byte, how string, publish func(payload string)) {
			t.Helper()
			for range 3 {
				serial++
				payload := fmt.Sprint(how, serial)
				publish(payload)
				for _, r := range receivers {
					if got, want := r.next(payload), min(published, r.granted); got != want {
						t.Errorf("%s, granted %d: a message published %s came with QoS %d, want %d", r.name, r.granted, how, got, want)
					}
				}
			}
		}
		p4, p5, plain, talkative := s.mqtt3(t, 4), s.mqtt5(t), s.natsClient(t), s.natsClient(t, verbose)
		for qos := range byte(3) {
			text := strconv.Itoa(int(qos))
			f(qos, "by 3.1.1 with QoS "+text, func(p string) { done(t, p4.Publish("lower", qos, false, p)) })
			f(qos, "by 5 with QoS "+text, func(p string) {
				_, err := p5.Publish(t.Context(), &paho5.Publish{Topic: "lower", QoS: qos, Payload: []byte(p)})
				must(t, err)
			})
			f(qos, "by NATS with Mqtt-Qos "+text, func(p string) { must(t, plain.PublishMsg(withQoS(text, "lower", p))) })
			f(qos, "by verbose NATS with Mqtt-Qos "+text, func(p string) { must(t, talkative.PublishMsg(withQoS(text, "lower", p))) })
		}
		f(0, "by NATS", func(p string) { must(t, plain.Publish("lower", []byte(p))) })
		f(1, "by verbose NATS", func(p string) { must(t, talkative.Publish("lower", []byte(p))) })
		f(0, "by NATS with a senseless Mqtt-Qos", func(p string) { must(t, plain.PublishMsg(withQoS("3", "lower", p))) })
		f(1, "by verbose NATS with a senseless Mqtt-Qos", func(p string) { must(t, talkative.PublishMsg(withQoS("high", "lower", p))) })
	})
}

// Mqtt-Qos is the gateway's: MQTT clients do not see it, NATS clients do, as
// every header of another NATS client.
func TestMqttQosHeaderDoesNotTravelToMQTT(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		c, nc := s.mqtt5(t), s.natsClient(t)
		c.subscribe1(t, "h")
		ch := subscribe(t, s.natsClient(t), "h")
		m := withQoS("1", "h", "x")
		m.Header.Set("Kept", "yes")
		must(t, nc.PublishMsg(m))
		if user := c.nextText(t, "h", "x").Properties.User; len(user) != 1 || user.Get("Kept") != "yes" {
			t.Errorf("user properties %v", user)
		}
		if got := nextText(t, ch, "h", "x").Header; got.Get("Mqtt-Qos") != "1" || got.Get("Kept") != "yes" {
			t.Errorf("headers %v", got)
		}
		// One that makes no sense is a header like any other.
		must(t, nc.PublishMsg(withQoS("7", "h", "y")))
		if m := c.nextText(t, "h", "y"); m.QoS != 0 || m.Properties.User.Get("Mqtt-Qos") != "7" {
			t.Errorf("QoS %d, user properties %v", m.QoS, m.Properties.User)
		}
		// Its name in any case, on the wire.
		w := s.rawNATS(t, `CONNECT {"verbose":false,"headers":true}`+"\r\n")
		block := "NATS/1.0\r\nmqtt-qos:1\r\n\r\n"
		w.send(t, fmt.Sprintf("HPUB h %d %d\r\n%sz\r\n", len(block), len(block)+1, block))
		if m := c.nextText(t, "h", "z"); m.QoS != 1 || len(m.Properties.User) != 0 {
			t.Errorf("QoS %d, user properties %v", m.QoS, m.Properties.User)
		}
	})
}

// Of several subscriptions that match, the highest QoS counts, for the one copy
// that comes. Subscribing again changes the grant, both ways.
func TestQoS1OfOverlappingSubscriptions(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		pub := s.mqtt5(t)
		c, old := s.mqtt5(t), s.mqtt3(t, 4)
		c.subscribe(t, "o/+")
		c.subscribe1(t, "o/x")
		c.subscribe(t, "o/#")
		old.subscribe(t, "o/+", 1)
		old.subscribe(t, "o/x", 0)
		f := func(payload string, qos byte) {
			t.Helper()
			pub.publish1(t, "o/x", payload)
			if m := c.nextText(t, "o/x", payload); m.QoS != qos {
				t.Errorf("%s: version 5 got QoS %d, want %d", payload, m.QoS, qos)
			}
			if m := old.nextText(t, "o/x", payload); m.Qos() != qos {
				t.Errorf("%s: version 3.1.1 got QoS %d, want %d", payload, m.Qos(), qos)
			}
		}
		f("one copy", 1)
		f("and one more", 1)
		c.subscribe(t, "o/x")
		old.subscribe(t, "o/+", 0)
		f("lowered", 0)
		c.subscribe1(t, "o/#")
		old.subscribe(t, "o/x", 1)
		f("raised", 1)
	})
}

// Thousands of messages, from both protocols at once, each publisher's in
// order, none twice and none missing, whatever the receiver's window.
func TestQoS1ThousandsInOrder(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		total := 2000
		if raceMode {
			total /= 10
		}
		receivers := map[string]func() string{}
		for name, window := range map[string]uint16{"5, one at a time": 1, "5, ten": 10, "5": 0} {
			c := s.mqtt5(t, func(p *paho5.Connect) {
				if window > 0 {
					p.Properties = &paho5.ConnectProperties{ReceiveMaximum: &window}
				}
			})
			c.subscribe1(t, "row/+")
			receivers[name] = func() string {
				m := next(t, c.in, "a message for version "+name)
				if m.QoS != 1 || m.Duplicate() {
					t.Fatalf("version %s: QoS %d, DUP %v", name, m.QoS, m.Duplicate())
				}
				return string(m.Payload)
			}
		}
		for name, version := range map[string]uint{"3.1": 3, "3.1.1": 4} {
			c := s.mqtt3(t, version)
			c.subscribe(t, "row/+", 1)
			receivers[name] = func() string {
				m := next(t, c.in, "a message for version "+name)
				if m.Qos() != 1 || m.Duplicate() {
					t.Fatalf("version %s: QoS %d, DUP %v", name, m.Qos(), m.Duplicate())
				}
				return string(m.Payload())
			}
		}
		ch := subscribe(t, s.natsClient(t), "row.*")
		receivers["NATS"] = func() string { return string(next(t, ch, "a message for NATS").Data) }

		nc, pub := s.natsClient(t, verbose), s.mqtt5(t)
		finished := make(chan error, 2)
		go func() {
			for i := range total {
				if err := nc.Publish("row.n", fmt.Append(nil, "n ", i)); err != nil {
					finished <- err
					return
				}
			}
			finished <- nc.Flush()
		}()
		go func() {
			for i := range total {
				_, err := pub.PublishWithOptions(t.Context(), &paho5.Publish{Topic: "row/m", QoS: 1, Payload: fmt.Append(nil, "m ", i)},
					paho5.PublishOptions{Method: paho5.PublishMethod_AsyncSend})
				if err != nil {
					finished <- err
					return
				}
			}
			finished <- nil
		}()
		for name, get := range receivers {
			want := map[string]int{}
			for range 2 * total {
				who, number, _ := strings.Cut(get(), " ")
				if number != strconv.Itoa(want[who]) {
					t.Fatalf("%s: got %s %s, want %d", name, who, number, want[who])
				}
				want[who]++
			}
			if want["n"] != total || want["m"] != total {
				t.Errorf("%s: got %v, want %d of each", name, want, total)
			}
		}
		for range 2 {
			must(t, next(t, finished, "the end of the publishers"))
		}
	})
}

// PUBACK says what has become of the message.
func TestPubackTellsTheTruth(t *testing.T) {
	const room = 5
	onLanes(t, func(t *testing.T, s *server) {
		pub := s.mqtt5(t)
		f := func(topic, payload string, want byte) {
			t.Helper()
			if code := pub.publish1(t, topic, payload); code != want {
				t.Errorf("PUBACK %#x for %q to %s, want %#x", code, payload, topic, want)
			}
		}
		f("truth/nobody", "", 0x10)
		subscribe(t, s.natsClient(t), "truth.nats")
		f("truth/nats", "", 0)
		zero, one := s.mqtt5(t), s.mqtt3(t, 4)
		zero.subscribe(t, "truth/zero")
		one.subscribe(t, "truth/one", 1)
		f("truth/zero", "", 0)
		f("truth/one", "", 0)

		// A stored session takes QoS 1, and only for what it was granted.
		away, _ := s.rawSession(t, 4, "away")
		away.grant(t, 4, "truth/away")
		away.send(t, mqttSubscribe(4, "truth/zero/away"))
		away.expectPacket(t, 0x90, "\x00\x01\x00")
		away.send(t, "\xe0\x00")
		s.awaitNobody(t, "truth.away")
		f("truth/zero/away", "", 0x10)
		var queued []string
		for i := range room {
			queued = append(queued, fmt.Sprint("for later ", i))
			f("truth/away", queued[i], 0)
		}
		f("truth/away", "no room", 0x97)
		old := s.rawMQTT(t, 4, 0)
		old.send(t, mqttPublish1(4, 7, "truth/away", "no room")+mqttPublish1(4, 8, "truth/nobody", ""))
		old.expect(t, "\x40\x02\x00\x07\x40\x02\x00\x08") // there are no codes in 3.1.1

		// One without room does not take it from the others, who are told of.
		other := s.mqtt5(t)
		other.subscribe1(t, "truth/away")
		f("truth/away", "for one of two", 0x97)
		other.nextText(t, "truth/away", "for one of two")
		if code, err := pub.Publish(t.Context(), &paho5.Publish{Topic: "truth/away", Payload: []byte("QoS 0")}); err != nil {
			t.Errorf("QoS 0: %v, %v", code, err)
		}
		other.nextText(t, "truth/away", "QoS 0")

		// With the queue read there is room again.
		back, present := s.rawSession(t, 4, "away")
		if !present {
			t.Error("no session present")
		}
		back.ack(t, back.deliveries(t, 4, false, queued...)...)
		back.ping(t)
		f("truth/away", "room again", 0)
		back.deliveries(t, 4, false, "room again")
		back.Close() // the end need not wait for those who do not read
		old.Close()
		if n := s.counted("queue_full"); n != 3 {
			t.Errorf("queue_full is counted %d times, want 3", n)
		}
	}, "--max-queued", fmt.Sprint(room))
}

// The commands of Mosquitto and of NATS with QoS 1, in every version.
func TestQoS1WithTools(t *testing.T) {
	t.Parallel()
	s := start(t, "--lanes", "4")
	versions := []string{"mqttv31", "mqttv311", "mqttv5"}
	var subs []*running
	for _, version := range versions {
		sub := s.spawn(t, "mosquitto_sub", "-V", version, "-q", "1", "-t", "tool/"+version, "-t", "tool/all", "-F", "%q %t %p")
		s.awaitInterest(t, "tool."+version)
		if got, want := sub.line(t), "0 tool/"+version+" probe"; got != want {
			t.Errorf("mosquitto_sub printed %q, want %q", got, want)
		}
		subs = append(subs, sub)
	}
	f := func(want string) {
		t.Helper()
		for i, sub := range subs {
			if got := sub.line(t); got != want {
				t.Errorf("%s: mosquitto_sub printed %q, want %q", versions[i], got, want)
			}
		}
	}
	for _, version := range versions {
		s.call(t, "mosquitto_pub", "-V", version, "-q", "1", "-t", "tool/all", "-m", version)
		f("1 tool/all " + version)
		s.call(t, "mosquitto_pub", "-V", version, "-q", "2", "-t", "tool/all", "-m", version)
		f("1 tool/all " + version)
		s.call(t, "mosquitto_pub", "-V", version, "-t", "tool/all", "-m", version)
		f("0 tool/all " + version)
	}
	s.call(t, "nats", "pub", "tool.all", "from nats", "-H", "Mqtt-Qos:1")
	f("1 tool/all from nats")
	s.call(t, "nats", "pub", "tool.all", "from nats")
	f("0 tool/all from nats")
}
