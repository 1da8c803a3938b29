package mqtt

import (
	"bytes"
	"testing"
)

// connectBody is everything behind the fixed header of a CONNECT without
// properties and payload.
func connectBody(name string, level, flags int) []byte {
	return raw(str(name), level, flags, 0, 60)
}

func TestConnect(t *testing.T) {
	t.Run("3.1", func(t *testing.T) {
		in := packet(0x10, connectBody("MQIsdp", 3, 0xC2), str("id"), str("u"), str("p"))
		p := accept(t, opened(FromClient, 0), in)
		c := &p.Connect
		if c.Version != V31 || !c.CleanStart || c.KeepAlive != 60 || string(c.ClientID) != "id" ||
			!c.HasUsername || string(c.Username) != "u" || !c.HasPassword || string(c.Password) != "p" || c.HasWill {
			t.Error(dump(p))
		}
		if got := AppendConnect(nil, c, nil); !bytes.Equal(got, in) {
			t.Errorf("% x, want % x", got, in)
		}
	})
	t.Run("3.1.1", func(t *testing.T) {
		in := packet(0x10, connectBody("MQTT", 4, 0x2C), str(""), str("w/t"), str("bye"))
		d := opened(FromClient, 0)
		_, err := d.Next(in, new(Packet))
		if err != errClientID {
			t.Error(err)
		}
		in = packet(0x10, connectBody("MQTT", 4, 0x2E), str(""), str("w/t"), str("bye"))
		p := accept(t, opened(FromClient, 0), in)
		c := &p.Connect
		if c.Version != V311 || !c.HasWill || c.Will.QoS != 1 || !c.Will.Retain ||
			string(c.Will.Topic) != "w/t" || string(c.Will.Payload) != "bye" || c.HasUsername || c.HasPassword {
			t.Error(dump(p))
		}
		if got := AppendConnect(nil, c, nil); !bytes.Equal(got, in) {
			t.Errorf("% x, want % x", got, in)
		}
	})
	t.Run("5.0", func(t *testing.T) {
		in := packet(0x10, connectBody("MQTT", 5, 0x54), section(0x21, 0, 9), str(""),
			section(0x18, 0, 0, 0, 7), str("w"), str(""), str("p"))
		d := opened(FromClient, 0)
		p := accept(t, d, in)
		c := &p.Connect
		if d.Version() != V5 || c.CleanStart || c.HasUsername || !c.HasPassword || c.Will.QoS != 2 ||
			p.Properties.ReceiveMaximum != 9 || c.Will.Properties.WillDelay != 7 {
			t.Error(dump(p))
		}
		if got := AppendConnect(nil, c, p.Properties.Raw); !bytes.Equal(got, in) {
			t.Errorf("% x, want % x", got, in)
		}
	})
	t.Run("3.1 user name and password flags without the fields", func(t *testing.T) {
		p := accept(t, opened(FromClient, 0), packet(0x10, connectBody("MQIsdp", 3, 0xC0), str("id")))
		if p.Connect.HasUsername || p.Connect.HasPassword {
			t.Error(dump(p))
		}
		p = accept(t, opened(FromClient, 0), packet(0x10, connectBody("MQIsdp", 3, 0xC0), str("id"), str("u")))
		if !p.Connect.HasUsername || p.Connect.HasPassword {
			t.Error(dump(p))
		}
	})
	t.Run("3.1 unused flags", func(t *testing.T) {
		accept(t, opened(FromClient, 0), packet(0x10, connectBody("MQIsdp", 3, 0x39), str("id")))
	})
}

// After a refusal Version is what to answer in.
func TestConnectVersion(t *testing.T) {
	f := func(name string, in []byte, want *Error, answer Version) {
		t.Helper()
		d := opened(FromClient, 0)
		refuse(t, name, d, in, want)
		if d.Version() != answer {
			t.Errorf("%s: answer in %d, want %d", name, d.Version(), answer)
		}
	}
	f("MQTT-3.1.2-1", packet(0x10, connectBody("MQXX", 5, 2), str("")), errProtocolName, V5)
	f("MQTT-3.1.2-1 case", packet(0x10, connectBody("mqtt", 4, 2), str("")), errProtocolName, V311)
	f("MQTT-3.1.2-2 level 6", packet(0x10, connectBody("MQTT", 6, 2), str("")), errProtocolLevel, V5)
	f("MQTT-3.1.2-2 level 3", packet(0x10, connectBody("MQTT", 3, 2), str("")), errProtocolLevel, V311)
	f("MQTT-3.1.2-2 MQIsdp 4", packet(0x10, connectBody("MQIsdp", 4, 2), str("")), errProtocolLevel, V311)
	f("MQTT-3.1.2-2 bridge", packet(0x10, connectBody("MQTT", 0x84, 2), str("")), errProtocolLevel, V311)
	f("name cut", packet(0x10, 0, 4, "MQ"), errTruncated, 0)
	f("no level", packet(0x10, str("MQTT")), errTruncated, 0)
	f("empty", packet(0x10), errTruncated, 0)
	f("level alone", packet(0x10, str("MQTT"), 5), errTruncated, V5)
}

func TestConnectFaults(t *testing.T) {
	f := func(name string, in []byte, want *Error) {
		t.Helper()
		refuse(t, name, opened(FromClient, 0), in, want)
	}
	v4 := func(flags int, payload ...any) []byte {
		return packet(0x10, connectBody("MQTT", 4, flags), raw(payload...))
	}
	v5 := func(flags int, payload ...any) []byte {
		return packet(0x10, connectBody("MQTT", 5, flags), raw(payload...))
	}
	f("MQTT-3.1.2-3 v4", v4(0x03, str("")), errConnectFlag)
	f("MQTT-3.1.2-3 v5", v5(0x03, 0, str("")), errConnectFlag)
	f("MQTT-3.1.2-11", v5(0x08, 0, str("")), errWillQoS)
	f("MQTT-3.1.2-11 QoS 3", v5(0x18, 0, str("")), errWillQoS)
	f("MQTT-3.1.2-12", v5(0x1C, 0, str(""), 0, str("w"), str("")), errWillQoS3)
	f("MQTT-3.1.2-12 v4", v4(0x1E, str(""), str("w"), str("")), errWillQoS3)
	f("MQTT-3.1.2-12 3.1", packet(0x10, connectBody("MQIsdp", 3, 0x1C), str("i"), str("w"), str("")), errWillQoS3)
	f("MQTT-3.1.2-13", v4(0x22, str("")), errWillRetain)
	f("3.1.1 MQTT-3.1.2-22", v4(0x42, str(""), str("p")), errPassword)
	f("3.1 password without user name", packet(0x10, connectBody("MQIsdp", 3, 0x42), str("i"), str("p")), errPassword)
	f("3.1.1 MQTT-3.1.3-7", v4(0x00, str("")), errClientID)
	f("3.1 empty id", packet(0x10, connectBody("MQIsdp", 3, 0x02), str("")), errClientID31)
	f("MQTT-3.1.3-4 id", v4(0x02, str("\xFF")), errUTF8)
	f("MQTT-1.5.4-2 id", v4(0x02, str("a\x00")), errNUL)
	f("MQTT-3.1.3-11 will topic", v4(0x06, str(""), str("\xC0\x80"), str("")), errUTF8)
	f("MQTT-4.7.0-1 will topic", v5(0x06, 0, str(""), 0, str("a/#"), str("")), errWillTopic)
	f("MQTT-4.7.3-1 will topic", v5(0x06, 0, str(""), 0, str(""), str("")), errWillTopic)
	f("MQTT-3.1.3-12 user name", v4(0x82, str(""), str("\xFF")), errUTF8)
	f("trailing", v4(0x02, str(""), 0), errTrailing)
	f("user name missing", v4(0x82, str("")), errTruncated)
	f("password missing", v4(0xC2, str(""), str("u")), errTruncated)
	f("will missing", v4(0x06, str("")), errTruncated)
	f("id missing", v4(0x02), errTruncated)
	f("properties missing", v5(0x02), errTruncated)
	f("properties too long", v5(0x02, 4, str("")), errTruncated)
	f("will property in CONNECT", v5(0x02, section(0x18, 0, 0, 0, 1), str("")), errPropertyPacket)
	f("CONNECT property in the will", v5(0x06, 0, str(""), section(0x21, 0, 1), str("w"), str("")), errPropertyPacket)
	f("§3.1.2.11.10", v5(0x02, section(0x16, str("x")), str("")), errAuthData)
	f("MQTT-1.5.5-1", raw(0x10, 0x8D, 0x00, connectBody("MQTT", 5, 0x02), 0, str("")), errVarIntLong)
	f("keep alive cut", packet(0x10, str("MQTT"), 5, 0, 0), errTruncated)
	accept(t, opened(FromClient, 0), raw(0x10, 0x8C, 0x00, connectBody("MQTT", 4, 0x02), str("")))

	for n := range 12 {
		whole := v5(0x02, 0, str("id"))
		f("cut", packet(0x10, whole[2:2+n]), errTruncated)
	}
}

func TestConnectCodes(t *testing.T) {
	f := func(e *Error, code ReasonCode, v3 byte, answered bool) {
		t.Helper()
		got, ok := e.Code.ReturnCode()
		if e.Code != code || got != v3 || ok != answered {
			t.Errorf("%v: %v, %d %v", e, e.Code, got, ok)
		}
	}
	f(errProtocolLevel, 0x84, 1, true)
	f(errClientID, 0x85, 2, true)
	f(errConnectFlag, 0x81, 0, false)
	f(errNotConnect, 0x82, 0, false)
	f(errWillTopic, 0x90, 0, false)
	f(errPacketTooLarge, 0x95, 0, false)
}
