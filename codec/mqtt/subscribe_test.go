package mqtt

import (
	"bytes"
	"testing"
)

func TestSubscribe(t *testing.T) {
	list := []Subscription{{[]byte("a/#"), 1}, {[]byte("/"), 0}, {[]byte("bad+filter"), 2}}
	in := AppendSubscribe(nil, V311, 7, nil, list)
	want := packet(0x82, 0, 7, str("a/#"), 1, str("/"), 0, str("bad+filter"), 2)
	if !bytes.Equal(in, want) {
		t.Fatalf("% x, want % x", in, want)
	}
	p := accept(t, opened(FromClient, V311), in)
	it := p.Filters()
	for _, s := range list {
		f, o, ok := it.Next()
		if !ok || !bytes.Equal(f, s.Filter) || o != s.Options {
			t.Errorf("%q %x %v", f, o, ok)
		}
	}
	if _, _, ok := it.Next(); ok || p.FilterCount != 3 || p.ID != 7 {
		t.Error(dump(p))
	}

	o := NewSubscribeOptions(2, true, true, 2)
	in = AppendSubscribe(nil, V5, 7, AppendVarIntProperty(nil, PropSubscriptionID, 300), []Subscription{{[]byte("x"), o}})
	want = packet(0x82, 0, 7, section(0x0B, 0xAC, 0x02), str("x"), 0x2E)
	if !bytes.Equal(in, want) {
		t.Fatalf("% x, want % x", in, want)
	}
	p = accept(t, opened(FromClient, V5), in)
	it = p.Filters()
	_, got, _ := it.Next()
	if got.QoS() != 2 || !got.NoLocal() || !got.RetainAsPublished() || got.RetainHandling() != 2 || p.Properties.SubscriptionID != 300 {
		t.Error(dump(p))
	}
}

func TestUnsubscribe(t *testing.T) {
	f := func(v Version, want []byte) {
		t.Helper()
		in := AppendUnsubscribe(nil, v, 7, nil, [][]byte{[]byte("a"), []byte("#")})
		if !bytes.Equal(in, want) {
			t.Fatalf("% x, want % x", in, want)
		}
		p := accept(t, opened(FromClient, v), in)
		it := p.Filters()
		a, _, _ := it.Next()
		b, o, ok := it.Next()
		_, _, more := it.Next()
		if string(a) != "a" || string(b) != "#" || o != 0 || !ok || more || p.FilterCount != 2 || p.ID != 7 {
			t.Error(dump(p))
		}
	}
	f(V311, packet(0xA2, 0, 7, str("a"), str("#")))
	f(V5, packet(0xA2, 0, 7, 0, str("a"), str("#")))
}

func TestSubscribeFaults(t *testing.T) {
	f := func(name string, v Version, in []byte, want *Error) {
		t.Helper()
		refuse(t, name, opened(FromClient, v), in, want)
	}
	f("MQTT-3.8.3-2", V5, packet(0x82, 0, 1, 0), errNoFilters)
	f("MQTT-3.8.3-2 v4", V311, packet(0x82, 0, 1), errNoFilters)
	f("MQTT-3.10.3-2", V5, packet(0xA2, 0, 1, 0), errNoFiltersUnsub)
	f("MQTT-3.10.3-2 v4", V311, packet(0xA2, 0, 1), errNoFiltersUnsub)
	f("MQTT-2.2.1-3", V5, packet(0x82, 0, 0, 0, str("a"), 0), errPacketID)
	f("MQTT-2.2.1-3 unsubscribe", V311, packet(0xA2, 0, 0, str("a")), errPacketID)
	f("MQTT-3.8.3-5 bit 6", V5, packet(0x82, 0, 1, 0, str("a"), 0x40), errOptions)
	f("MQTT-3.8.3-5 bit 7", V5, packet(0x82, 0, 1, 0, str("a"), 0x80), errOptions)
	f("§3.8.3.1 QoS 3", V5, packet(0x82, 0, 1, 0, str("a"), 0x03), errSubscribeQoS3)
	f("§3.8.3.1 retain handling 3", V5, packet(0x82, 0, 1, 0, str("a"), 0x30), errRetainHandling)
	f("MQTT-3.8.3-4", V5, packet(0x82, 0, 1, 0, str("$share/g/a"), 0x04), errNoLocalShared)
	f("3.1.1 MQTT-3.8.3-4 QoS 3", V311, packet(0x82, 0, 1, str("a"), 3), errOptionsV3)
	f("3.1.1 MQTT-3.8.3-4 bits", V311, packet(0x82, 0, 1, str("a"), 4), errOptionsV3)
	f("MQTT-3.8.3-1", V311, packet(0x82, 0, 1, str("a\xFF"), 0), errUTF8)
	f("MQTT-3.10.3-1", V5, packet(0xA2, 0, 1, 0, str("\x00")), errNUL)
	f("MQTT-4.7.3-1", V5, packet(0x82, 0, 1, 0, str("a"), 0, str(""), 0), errFilterEmpty)
	f("MQTT-4.7.3-1 v4", V311, packet(0x82, 0, 1, str(""), 0, str("a"), 0), errFilterEmpty)
	f("MQTT-4.7.3-1 unsubscribe", V5, packet(0xA2, 0, 1, 0, str("a"), str("")), errFilterEmpty)
	f("MQTT-4.7.3-1 unsubscribe v4", V311, packet(0xA2, 0, 1, str("")), errFilterEmpty)
	f("MQTT-4.8.2-1", V5, packet(0x82, 0, 1, 0, str("$share//a"), 0), errSharedFilter)
	f("MQTT-4.8.2-2", V5, packet(0x82, 0, 1, 0, str("$share/g"), 0), errSharedFilter)
	f("MQTT-4.8.2-2 no filter", V5, packet(0xA2, 0, 1, 0, str("$share/g/")), errSharedFilter)
	accept(t, opened(FromClient, V311), packet(0x82, 0, 1, str("$share/g"), 0)) // a filter like others
	f("second filter bad", V5, packet(0x82, 0, 1, 0, str("a"), 0, str("b"), 0xFF), errOptions)
	f("option byte missing", V5, packet(0x82, 0, 1, 0, str("p")), errTruncated)
	f("option byte missing v4", V311, packet(0x82, 0, 1, str("a"), 0, str("p")), errTruncated)
	f("filter cut", V5, packet(0x82, 0, 1, 0, 0, 9, "a"), errTruncated)
	f("filter length cut", V311, packet(0xA2, 0, 1, 0), errTruncated)
	f("properties missing", V5, packet(0x82, 0, 1), errTruncated)
	f("§3.8.2.1.2 zero", V5, packet(0x82, 0, 1, section(0x0B, 0), str("a"), 0), errPropertyZero)
	f("§3.8.2.1.2 twice", V5, packet(0x82, 0, 1, section(0x0B, 1, 0x0B, 2), str("a"), 0), errPropertyTwice)
	f("identifier in UNSUBSCRIBE", V5, packet(0xA2, 0, 1, section(0x0B, 1), str("a")), errPropertyPacket)
	accept(t, opened(FromClient, V31), packet(0x8A, 0, 1, str("a"), 0))
	accept(t, opened(FromClient, V31), packet(0xAA, 0, 1, str("a")))
}
