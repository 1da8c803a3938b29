package mqtt

import (
	"bytes"
	"strings"
	"testing"
)

func TestPublish(t *testing.T) {
	f := func(name string, v Version, in []byte, check func(p *Packet) bool) {
		t.Helper()
		p := accept(t, opened(FromClient, v), in)
		if !check(p) {
			t.Errorf("%s: %s", name, dump(p))
		}
		got := AppendPublish(nil, v, PublishFlags(p.QoS, p.Dup, p.Retain), p.Topic, p.ID, p.Properties.Raw, p.Payload)
		if !bytes.Equal(got, in) {
			t.Errorf("%s: % x, want % x", name, clip(got), clip(in))
		}
		if size := PublishSize(v, p.QoS, len(p.Topic), len(p.Properties.Raw), len(p.Payload)); size != len(in) {
			t.Errorf("%s: size %d, want %d", name, size, len(in))
		}
	}
	f("QoS 0 v4", V311, packet(0x31, str("a/b"), "hello"), func(p *Packet) bool {
		return p.QoS == 0 && p.Retain && !p.Dup && p.ID == 0 && string(p.Topic) == "a/b" && string(p.Payload) == "hello"
	})
	f("QoS 1 v3", V31, packet(0x3A, str("a"), 1, 2), func(p *Packet) bool {
		return p.QoS == 1 && p.Dup && p.ID == 0x102 && len(p.Payload) == 0
	})
	f("QoS 2 v5", V5, packet(0x34, str("a"), 0, 1, section(0x02, 0, 0, 0, 9, 0x23, 0, 5), "x"), func(p *Packet) bool {
		return p.QoS == 2 && p.Properties.MessageExpiry == 9 && p.Properties.TopicAlias == 5 && string(p.Payload) == "x"
	})
	f("alias alone", V5, packet(0x30, str(""), section(0x23, 0, 5), "x"), func(p *Packet) bool {
		return len(p.Topic) == 0 && p.Properties.TopicAlias == 5
	})
	f("expiry 0 is there", V5, packet(0x30, str("a"), section(0x02, 0, 0, 0, 0)), func(p *Packet) bool {
		return p.Properties.Has(PropMessageExpiry) && p.Properties.MessageExpiry == 0
	})
	for _, size := range []int{0, 124, 125, 16380, 16381, 2097147, 2097148} {
		f("size", V5, packet(0x30, str("t"), 0, make([]byte, size)), func(p *Packet) bool { return len(p.Payload) == size })
	}
}

func TestPublishFaults(t *testing.T) {
	f := func(name string, v Version, in []byte, want *Error) {
		t.Helper()
		refuse(t, name, opened(FromClient, v), in, want)
	}
	for _, v := range versions {
		f("MQTT-3.3.1-4", v, packet(0x36, str("a"), 0, 1, 0), errQoS3)
		f("MQTT-3.3.1-4 dup", v, packet(0x3E, str("a"), 0, 1, 0), errQoS3)
		f("MQTT-3.3.1-2", v, packet(0x38, str("a"), 0), errDupQoS0)
		f("MQTT-2.2.1-3", v, packet(0x32, str("a"), 0, 0, 0), errPacketID)
		f("MQTT-3.3.2-2 +", v, packet(0x30, str("a/+/b"), 0), errTopicWildcard)
		f("MQTT-3.3.2-2 #", v, packet(0x30, str("#"), 0), errTopicWildcard)
		f("MQTT-3.3.2-2 long", v, packet(0x30, str("a/level/#name"), 0), errTopicWildcard)
		f("MQTT-3.3.2-2 not ASCII", v, packet(0x30, str("ä/+"), 0), errTopicWildcard)
		f("MQTT-3.3.2-1 UTF-8", v, packet(0x30, str("a\xED\xA0\x80"), 0), errUTF8)
		f("MQTT-4.7.3-2", v, packet(0x30, str("a\x00b"), 0), errNUL)
		f("§1.5.4 control", v, packet(0x30, str("a\tb"), 0), errCharacter)
		f("topic cut", v, packet(0x30, 0, 5, "a"), errTruncated)
		f("topic length cut", v, packet(0x30, 0), errTruncated)
		f("empty", v, packet(0x30), errTruncated)
		f("id cut", v, packet(0x32, str("a"), 0), errTruncated)
	}
	f("MQTT-4.7.3-1", V311, packet(0x30, str("")), errTopicEmpty)
	f("MQTT-4.7.3-1 3.1", V31, packet(0x32, str(""), 0, 1), errTopicEmpty)
	f("§3.3.2.1", V5, packet(0x30, str(""), 0), errNoAlias)
	f("MQTT-3.3.2-8", V5, packet(0x30, str("a"), section(0x23, 0, 0)), errTopicAlias)
	f("MQTT-3.3.2-14", V5, packet(0x30, str("a"), section(0x08, str("a/#"))), errResponseTopic)
	f("MQTT-4.7.3-1 response topic", V5, packet(0x30, str("a"), section(0x08, str(""))), errResponseTopic)
	f("MQTT-3.3.4-6", V5, packet(0x30, str("a"), section(0x0B, 1)), errClientSubID)
	f("properties missing", V5, packet(0x30, str("a")), errTruncated)
	f("properties too long", V5, packet(0x30, str("a"), 3, 0x01, 1), errTruncated)
	f("CONNECT property", V5, packet(0x30, str("a"), section(0x21, 0, 1)), errPropertyPacket)

	p := accept(t, opened(FromServer, V5), packet(0x30, str("a"), section(0x0B, 1, 0x0B, 0x80, 0x01)))
	if p.Properties.SubscriptionID != 1 {
		t.Error(dump(p))
	}
	lax := opened(FromClient, V5)
	lax.SetLimits(&Limits{})
	accept(t, lax, packet(0x30, str("a\tb\x7F\uFFFE"), 0))
}

// Same tells of an equal topic and equal flags, and of nothing else.
func TestPublishSame(t *testing.T) {
	f := func(v Version, first, second []byte, want bool) {
		t.Helper()
		d := opened(FromClient, v)
		if accept(t, d, first).Same {
			t.Error("the first PUBLISH is the same as none")
		}
		p := accept(t, d, second)
		if p.Same != want {
			t.Errorf("% x, % x: same %v", clip(first), clip(second), p.Same)
		}
		fresh := accept(t, opened(FromClient, v), second)
		fresh.Same = p.Same
		if dump(p) != dump(fresh) {
			t.Errorf("by the memo %s, without %s", dump(p), dump(fresh))
		}
	}
	topic := []byte("a/b")
	for _, v := range versions {
		a := AppendPublish(nil, v, 0, topic, 0, nil, []byte("x"))
		f(v, a, a, true)
		f(v, a, AppendPublish(nil, v, 0, topic, 0, nil, nil), true)
		f(v, a, AppendPublish(nil, v, 0, topic, 0, nil, make([]byte, 300)), true)
		f(v, AppendPublish(nil, v, 0, topic, 0, nil, make([]byte, 300)), a, true)
		f(v, a, AppendPublish(nil, v, 1, topic, 0, nil, []byte("x")), false)
		f(v, a, AppendPublish(nil, v, 2, topic, 7, nil, []byte("x")), false)
		f(v, a, AppendPublish(nil, v, 0, []byte("a/bc"), 0, nil, nil), false)
		f(v, a, AppendPublish(nil, v, 0, []byte("a/c"), 0, nil, []byte("x")), false)
		f(v, a, AppendPublish(nil, v, 0, []byte("a"), 0, nil, []byte("/b")), false)
		qos1 := AppendPublish(nil, v, 2, topic, 7, nil, []byte("x"))
		f(v, qos1, qos1, false)
		long := AppendPublish(nil, v, 0, []byte(strings.Repeat("x", 253)), 0, nil, nil)
		f(v, long, long, v != V5)
		long = AppendPublish(nil, v, 0, []byte(strings.Repeat("x", 254)), 0, nil, nil)
		f(v, long, long, false)
	}
	section := AppendUint32Property(nil, PropMessageExpiry, 1)
	withProperties := AppendPublish(nil, V5, 0, topic, 0, section, nil)
	f(V5, withProperties, withProperties, false)
	f(V5, withProperties, AppendPublish(nil, V5, 0, topic, 0, nil, nil), false)
	f(V5, AppendPublish(nil, V5, 0, topic, 0, nil, nil), withProperties, false)
}

// Any other PUBLISH between two equal ones makes the second not the same.
func TestPublishSameIsOfThePrevious(t *testing.T) {
	a := AppendPublish(nil, V311, 0, []byte("a"), 0, nil, nil)
	d := opened(FromClient, V311)
	accept(t, d, a)
	accept(t, d, packet(0xC0))
	if !accept(t, d, a).Same {
		t.Error("PINGREQ between")
	}
	accept(t, d, AppendPublish(nil, V311, 2, []byte("b"), 1, nil, nil))
	if accept(t, d, a).Same {
		t.Error("QoS 1 between")
	}
	d.SetLimits(strict)
	if accept(t, d, a).Same {
		t.Error("new limits between")
	}
}

func TestPublishHeader(t *testing.T) {
	payload := []byte("payload")
	for _, v := range versions {
		head := AppendPublishHeader([]byte("before"), v, 0x0B, []byte("t"), 9, userProperties(), len(payload))
		want := AppendPublish([]byte("before"), v, 0x0B, []byte("t"), 9, userProperties(), payload)
		if !bytes.Equal(append(head, payload...), want) {
			t.Errorf("% x, want % x", head, want)
		}
	}
}
