package e2e

import (
	"bytes"
	"strings"
	"testing"
)

func TestBadMQTTInput(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)

		// After CONNECT: version 5 is told why, the versions before are closed.
		f := func(bad string, code byte) {
			t.Helper()
			w := s.rawMQTT(t, 5, 60)
			w.send(t, bad)
			if got := w.rest(t); len(got) < 3 || got[0] != 0xe0 || got[2] != code {
				t.Errorf("% .20x is answered by % x, want DISCONNECT %#x", bad, got, code)
			}
		}
		topic := mqttString("a")
		f("\x30\xff\xff\xff\x7f", 0x95)     // 256 MiB announced
		f("\x30\xff\xff\xff\xff\x01", 0x81) // a length of five bytes
		f("\xc1\x00", 0x81)                 // PINGREQ with flags
		f("\xc0\x01x", 0x81)                // PINGREQ with a body
		f("\x00\x00", 0x81)                 // packet type 0
		f("\x36"+mqttPacket(0, topic+"\x00\x01\x00")[1:], 0x81)
		f("\x38"+mqttPacket(0, topic+"\x00")[1:], 0x81)                // DUP with QoS 0
		f(mqttPacket(0x32, topic+"\x00\x00\x00"), 0x82)                // packet identifier 0
		f(mqttPacket(0x30, "\x00\x09a"), 0x81)                         // a string beyond the packet
		f(mqttPacket(0x30, mqttString("a\xff")+"\x00"), 0x81)          // no UTF-8
		f(mqttPacket(0x30, mqttString("a\x00b")+"\x00"), 0x81)         // U+0000
		f(mqttPacket(0x30, mqttString("\xed\xa0\x80")+"\x00"), 0x81)   // a surrogate
		f(mqttPacket(0x30, mqttString("a/#")+"\x00"), 0x90)            // a wildcard
		f(mqttPacket(0x30, topic+"\x7f"), 0x81)                        // properties beyond the packet
		f(mqttPacket(0x30, topic+"\x02\x63\x00"), 0x81)                // unknown property
		f(mqttPacket(0x30, topic+"\x04\x01\x00\x01\x00"), 0x82)        // a property twice
		f(mqttPacket(0x30, topic+"\x05\x11\x00\x00\x00\x01"), 0x81)    // a property of another packet
		f(mqttPacket(0x30, topic+"\x03\x23\x00\x00"), 0x94)            // topic alias 0
		f(mqttPacket(0x30, topic+"\x02\x0b\x01"), 0x82)                // a subscription identifier
		f(mqttPacket(0x30, topic+"\x06\x08"+mqttString("a/+")), 0x82)  // wildcards in the response topic
		f(mqttPacket(0x30, topic+"\x03\x23\x00\x11"), 0x94)            // one too high
		f(mqttPacket(0x82, "\x00\x01\x00"), 0x82)                      // SUBSCRIBE to nothing
		f(mqttPacket(0x82, "\x00\x00\x00"+topic+"\x00"), 0x82)         // packet identifier 0
		f(mqttPacket(0x80, "\x00\x01\x00"+topic+"\x00"), 0x81)         // flags of SUBSCRIBE
		f(mqttPacket(0x82, "\x00\x01\x00"+topic), 0x81)                // without options
		f(mqttPacket(0x82, "\x00\x01\x00"+topic+"\xc0"), 0x81)         // reserved options
		f(mqttPacket(0x82, "\x00\x01\x02\x0b\x00"+topic+"\x00"), 0x82) // subscription identifier 0
		f(mqttPacket(0xa2, "\x00\x01\x00"), 0x82)                      // UNSUBSCRIBE from nothing
		f(mqttConnect(5, "again", 60, ""), 0x82)                       // a second CONNECT
		f("\x20\x03\x00\x00\x00", 0x82)                                // CONNACK
		f("\x90\x04\x00\x01\x00\x00", 0x82)                            // SUBACK
		f("\xd0\x00", 0x82)                                            // PINGRESP
		f("\xf0\x02\x19\x00", 0x82)                                    // AUTH without a method
		f("\xe0\x07\x00\x05\x11\x00\x00\x00\x10", 0x82)                // DISCONNECT revives the session expiry

		g := func(bad string) {
			t.Helper()
			w := s.rawMQTT(t, 4, 60)
			w.send(t, bad)
			if got := w.rest(t); got != "" {
				t.Errorf("% .20x by a 3.1.1 client is answered by % x, want a close", bad, got)
			}
		}
		g("\x30\xff\xff\xff\x7f")
		g("\xc1\x00")
		g("\xf0\x00") // AUTH does not exist in this version
		g(mqttPacket(0x30, mqttString("a/+")))
		g(mqttPacket(0x82, "\x00\x01"))
		g(mqttConnect(4, "again", 60, ""))
		healthy.check(t)
	})
}

func TestBadMQTTConnect(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		healthy := s.watch(t)
		// Closed, with one of these answers.
		f := func(bad string, want ...string) {
			t.Helper()
			w := dial(t, s.mqtt)
			w.send(t, bad)
			got := w.rest(t)
			for _, ok := range want {
				if strings.HasPrefix(got, ok) && (ok != "" || got == "") {
					return
				}
			}
			t.Errorf("% .30x is answered by % x, want % x", bad, got, want)
		}
		connack5 := func(code string) string { return "\x20\x03\x00" + code }
		f("\xc0\x00", "")
		f(mqttPublish(4, "a", "x"), "")
		f("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "")
		f(tlsHello, "")
		f("\x10\xff\xff\xff\x7f\x00\x04MQTT\x05", "", connack5("\x95")) // 256 MiB
		f("\x10\xff\xff\xff\xff\x01", "")
		f(mqttPacket(0x10, mqttString("MQTTX")+"\x04\x02\x00\x3c"+mqttString("x")), "", connack5("\x84"), "\x20\x02\x00\x01")
		f(mqttPacket(0x10, mqttString("MQTT")+"\x06\x02\x00\x3c\x00"+mqttString("x")), connack5("\x84"), "\x20\x02\x00\x01")
		f(mqttPacket(0x10, mqttString("MQTT")+"\x02\x02\x00\x3c"+mqttString("x")), "\x20\x02\x00\x01", connack5("\x84"))
		f(mqttPacket(0x10, mqttString("MQTT")+"\x04\x03\x00\x3c"+mqttString("x")), "")                       // reserved flag
		f(mqttPacket(0x10, mqttString("MQTT")+"\x05\x03\x00\x3c\x00"+mqttString("x")), "", connack5("\x81")) // reserved flag
		f(mqttPacket(0x10, mqttString("MQTT")+"\x04\x40\x00\x3c"+mqttString("x")+mqttString("p")), "")       // password alone
		f(mqttPacket(0x10, mqttString("MQTT")+"\x04\x00\x00\x3c"+mqttString("")), "\x20\x02\x00\x02")        // no identifier
		f(mqttPacket(0x10, mqttString("MQTT")+"\x05\x1e\x00\x3c\x00"+mqttString("x")), "", connack5("\x81")) // will QoS 3
		f(mqttPacket(0x10, mqttString("MQTT")+"\x04\x02\x00\x3c"+mqttString("x")+"more"), "")                // too long
		f(mqttConnect(5, "auth", 60, "\x08\x15"+mqttString("PLAIN")[:7]), connack5("\x8c"))                  // unknown method
		healthy.check(t)
	})
}

// A retained publish is delivered without the flag to who is there, and with it to
// who comes later.
func TestMQTTRetained(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		sub := s.mqtt5(t)
		sub.subscribe(t, "kept")
		pub := s.mqtt3(t, 4)
		done(t, pub.Publish("kept", 1, true, "x"))
		if p := sub.nextText(t, "kept", "x"); p.Retain {
			t.Error("delivered with the retain flag")
		}
		late := s.mqtt5(t)
		late.subscribe(t, "kept")
		if p := late.nextText(t, "kept", "x"); !p.Retain {
			t.Error("delivered later without the retain flag")
		}
		done(t, pub.Publish("kept", 1, true, ""))
		late.nextText(t, "kept", "")
		later := s.mqtt5(t)
		later.subscribe(t, "kept", "end")
		later.publish(t, "end", "end")
		later.nextText(t, "end", "end")
	})
}

// DISCONNECT arrives although the client goes on sending.
func TestMQTTDisconnectIsReadableWhileTheClientSends(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		megabyte := bytes.Repeat([]byte("x"), 1<<20)
		for i := range 10 {
			w := s.rawMQTT(t, 5, 60)
			w.send(t, "\x30\xff\xff\xff\x7f\x00\x01a\x00")
			for range 4 {
				if _, err := w.Write(megabyte); err != nil {
					break
				}
			}
			if got := w.rest(t); len(got) < 3 || got[0] != 0xe0 || got[2] != 0x95 {
				t.Fatalf("try %d: got % x, want DISCONNECT 0x95", i, got)
			}
		}
	})
}

// Every byte in a packet of its own.
func TestMQTTBytewise(t *testing.T) {
	t.Parallel()
	s := start(t, "--lanes", "2")
	w := dial(t, s.mqtt)
	all := mqttConnect(4, "slow", 60, "") + mqttSubscribe(4, "a/+") + mqttPublish(4, "a/b", "hello") + "\xc0\x00"
	for i := range len(all) {
		w.send(t, all[i:i+1])
	}
	w.expect(t, "\x20\x02\x00\x00"+"\x90\x03\x00\x01\x00"+mqttPublish(4, "a/b", "hello")+"\xd0\x00")
}
