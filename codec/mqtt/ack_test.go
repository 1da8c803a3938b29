package mqtt

import (
	"bytes"
	"testing"
)

var ackTypes = []struct {
	t      Type
	first  int
	append func([]byte, Version, uint16, ReasonCode, []byte) []byte
}{
	{TypePuback, 0x40, AppendPuback},
	{TypePubrec, 0x50, AppendPubrec},
	{TypePubrel, 0x62, AppendPubrel},
	{TypePubcomp, 0x70, AppendPubcomp},
}

func TestAck(t *testing.T) {
	for _, a := range ackTypes {
		fail := CodeQuotaExceeded
		if a.t >= TypePubrel {
			fail = CodePacketIdentifierNotFound
		}
		f := func(v Version, code ReasonCode, properties, want []byte) {
			t.Helper()
			in := a.append(nil, v, 0x102, code, properties)
			if !bytes.Equal(in, want) {
				t.Errorf("%v v%d: % x, want % x", a.t, v, in, want)
			}
			p := accept(t, opened(FromServer, v), in)
			if v != V5 {
				code, properties = 0, nil
			}
			if p.Type != a.t || p.ID != 0x102 || p.ReasonCode != code || !bytes.Equal(p.Properties.Raw, properties) {
				t.Error(dump(p))
			}
		}
		why := AppendStringProperty(nil, PropReasonString, "y")
		for _, v := range versions {
			f(v, CodeSuccess, nil, packet(a.first, 1, 2))
		}
		f(V311, fail, why, packet(a.first, 1, 2))
		f(V5, fail, nil, packet(a.first, 1, 2, int(fail)))
		f(V5, CodeSuccess, why, packet(a.first, 1, 2, 0, section(0x1F, str("y"))))
		f(V5, fail, why, packet(a.first, 1, 2, int(fail), section(0x1F, str("y"))))

		// §3.4.2.2: a property length of zero may be there.
		p := accept(t, opened(FromClient, V5), packet(a.first, 0, 1, 0, 0))
		if p.ReasonCode != 0 || p.Properties.Raw != nil {
			t.Error(dump(p))
		}
	}
}

func TestAckFaults(t *testing.T) {
	f := func(name string, v Version, in []byte, want *Error) {
		t.Helper()
		refuse(t, name, opened(FromClient, v), in, want)
	}
	for _, a := range ackTypes {
		for _, v := range versions {
			f("empty", v, packet(a.first), errTruncated)
			f("id cut", v, packet(a.first, 1), errTruncated)
			f("§2.2.1 id 0", v, packet(a.first, 0, 0), errPacketID)
		}
		f("trailing v4", V311, packet(a.first, 0, 1, 0), errTrailing)
		f("id 0 with a code", V5, packet(a.first, 0, 0, 0), errPacketID)
		f("trailing", V5, packet(a.first, 0, 1, 0, 0, 0), errTrailing)
		f("MQTT-3.4.2-1 unknown code", V5, packet(a.first, 0, 1, 1), errReasonCode)
		f("MQTT-3.4.2-1 DISCONNECT code", V5, packet(a.first, 0, 1, 0x8E), errReasonCode)
		f("properties too long", V5, packet(a.first, 0, 1, 0, 5), errTruncated)
		f("PUBLISH property", V5, packet(a.first, 0, 1, 0, section(0x01, 1)), errPropertyPacket)
	}
	f("§3.4.2.1 0x10 from a client", V5, packet(0x40, 0, 1, 0x10), errReasonCode)
	accept(t, opened(FromServer, V5), packet(0x40, 0, 1, 0x10))
	accept(t, opened(FromClient, V31), packet(0x6A, 0, 1))
}
