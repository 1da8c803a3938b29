package mqtt

import "testing"

func TestPeekClientID(t *testing.T) {
	f := func(name string, in []byte, limit uint32, id string, v Version, want PeekStatus) {
		t.Helper()
		got, gotV, status := PeekClientID(in, limit)
		if status != want || string(got) != id || gotV != v {
			t.Errorf("%s: %q v%d %d", name, got, gotV, status)
		}
		if want == PeekNeedMore {
			return
		}
		// Once decided, never otherwise; before that, more is needed.
		decided := false
		for n := range in {
			got, _, status := PeekClientID(in[:n], limit)
			switch {
			case status == PeekNeedMore && decided:
				t.Errorf("%s: undecided at %d", name, n)
			case status != PeekNeedMore && (status != want || string(got) != id):
				t.Errorf("%s: %q %d at %d", name, got, status, n)
			}
			decided = status != PeekNeedMore
		}
	}
	v4 := packet(0x10, connectBody("MQTT", 4, 0xC2), str("device"), str("u"), str("p"))
	v5 := packet(0x10, connectBody("MQTT", 5, 0x06), section(connectProperties()), str("device"), 0, str("w"), str(""))
	f("3.1", packet(0x10, connectBody("MQIsdp", 3, 2), str("device")), 0, "device", V31, PeekFound)
	f("3.1.1", v4, 0, "device", V311, PeekFound)
	f("3.1.1 without the rest", v4[:len(v4)-6], 0, "device", V311, PeekFound)
	f("5.0", v5, 0, "device", V5, PeekFound)
	f("empty id", packet(0x10, connectBody("MQTT", 5, 2), 0, str("")), 0, "", V5, PeekFound)
	f("length of two bytes", raw(0x10, 0x92, 0x00, connectBody("MQTT", 4, 2), str("device")), 0, "device", V311, PeekFound)
	f("at the limit", v4, uint32(len(v4)), "device", V311, PeekFound)
	f("above the limit", v4, uint32(len(v4)-1), "", 0, PeekUndecidable)
	f("above the limit at once", []byte{0x10, 0xFF, 0xFF, 0xFF, 0x7F}, 1<<20, "", 0, PeekUndecidable)
	f("nothing", nil, 0, "", 0, PeekNeedMore)
	f("one byte", []byte{0x10}, 0, "", 0, PeekNeedMore)
	f("id cut", v5[:len(v5)-9], 0, "", 0, PeekNeedMore)
	f("no CONNECT", []byte("GET / HTTP/1.1"), 0, "", 0, PeekUndecidable)
	f("fifth length byte", []byte{0x10, 0x80, 0x80, 0x80, 0x80}, 0, "", 0, PeekUndecidable)
	f("unknown name", packet(0x10, connectBody("MQTX", 4, 2), str("x")), 0, "", 0, PeekUndecidable)
	f("unknown level", packet(0x10, connectBody("MQTT", 6, 2), str("x")), 0, "", 0, PeekUndecidable)
	f("name past the end", packet(0x10, 0, 9, "MQTT"), 0, "", 0, PeekUndecidable)
	f("no id", packet(0x10, connectBody("MQTT", 4, 2)), 0, "", 0, PeekUndecidable)
	f("properties past the end", packet(0x10, connectBody("MQTT", 5, 2), 0x80, 0x01), 0, "", 0, PeekUndecidable)
	f("no properties", packet(0x10, connectBody("MQTT", 5, 2)), 0, "", 0, PeekUndecidable)
	f("property length of five bytes", packet(0x10, connectBody("MQTT", 5, 2), 0x80, 0x80, 0x80, 0x80, 0), 0, "", 0, PeekUndecidable)
}
