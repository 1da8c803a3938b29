package mqtt

import (
	"bytes"
	"testing"
)

func TestConnack(t *testing.T) {
	f := func(v Version, present bool, code ReasonCode, properties, want []byte) {
		t.Helper()
		in := AppendConnack(nil, v, present, code, properties)
		if !bytes.Equal(in, want) {
			t.Fatalf("v%d: % x, want % x", v, in, want)
		}
		d := new(Decoder)
		d.Init(FromServer, nil)
		d.SetVersion(v)
		p := accept(t, d, in)
		if p.SessionPresent != (present && v != V31) || p.ReasonCode != code {
			t.Error(dump(p))
		}
	}
	f(V31, true, 0, nil, packet(0x20, 0, 0))
	f(V311, true, 0, nil, packet(0x20, 1, 0))
	f(V311, false, 5, nil, packet(0x20, 0, 5))
	f(V5, true, 0, nil, packet(0x20, 1, 0, 0))
	f(V5, false, CodeBanned, []byte{0x13, 0, 9}, packet(0x20, 0, 0x8A, section(0x13, 0, 9)))
}

func TestConnackFaults(t *testing.T) {
	f := func(name string, v Version, in []byte, want *Error) {
		t.Helper()
		d := new(Decoder)
		d.Init(FromServer, nil)
		d.SetVersion(v)
		refuse(t, name, d, in, want)
	}
	f("§3.2.2.1", V5, packet(0x20, 2, 0, 0), errConnackReserved)
	f("3.1.1 §3.2.2.1", V311, packet(0x20, 3, 0), errConnackReserved)
	f("MQTT-3.2.2-6", V5, packet(0x20, 1, 0x87, 0), errSessionPresent)
	f("3.1.1 MQTT-3.2.2-4", V311, packet(0x20, 1, 5), errSessionPresent)
	f("MQTT-3.2.2-8", V5, packet(0x20, 0, 0x8E, 0), errReasonCode)
	f("3.1.1 reserved code", V311, packet(0x20, 0, 6), errReturnCode)
	f("short", V5, packet(0x20, 0, 0), errTruncated)
	f("short v4", V311, packet(0x20, 0), errTruncated)
	f("trailing v4", V311, packet(0x20, 0, 0, 0), errTrailing)
	f("§3.2.2.3.3", V5, packet(0x20, 0, 0, section(0x21, 0, 0)), errPropertyZero)
	f("§3.2.2.3.6", V5, packet(0x20, 0, 0, section(0x27, 0, 0, 0, 0)), errPropertyZero)
	f("§3.2.2.3.4", V5, packet(0x20, 0, 0, section(0x24, 2)), errPropertyBool)

	d := new(Decoder)
	d.Init(FromServer, nil)
	d.SetVersion(V31)
	if accept(t, d, packet(0x20, 0xFF, 0)).SessionPresent {
		t.Error("3.1 has no session present")
	}
}

func TestSuback(t *testing.T) {
	in := AppendSuback(nil, V311, 7, nil, []byte{0, 1, 2, 0x80})
	if want := packet(0x90, 0, 7, 0, 1, 2, 0x80); !bytes.Equal(in, want) {
		t.Fatalf("% x, want % x", in, want)
	}
	p := accept(t, opened(FromServer, V311), in)
	if p.ID != 7 || !bytes.Equal(p.Payload, []byte{0, 1, 2, 0x80}) {
		t.Error(dump(p))
	}
	in = AppendSuback(nil, V5, 7, ackProperties(), []byte{0x8F, 0xA2})
	p = accept(t, opened(FromServer, V5), in)
	if p.ID != 7 || !bytes.Equal(p.Payload, []byte{0x8F, 0xA2}) || p.Properties.Users != 3 {
		t.Error(dump(p))
	}
	in = AppendUnsuback(nil, V5, 7, nil, []byte{0, 0x11})
	if want := packet(0xB0, 0, 7, 0, 0, 0x11); !bytes.Equal(in, want) {
		t.Fatalf("% x, want % x", in, want)
	}
	accept(t, opened(FromServer, V5), in)
	in = AppendUnsuback(nil, V311, 7, nil, []byte{0, 0x11})
	if want := packet(0xB0, 0, 7); !bytes.Equal(in, want) {
		t.Fatalf("% x, want % x", in, want)
	}
	accept(t, opened(FromServer, V311), in)
}

func TestSubackFaults(t *testing.T) {
	f := func(name string, v Version, in []byte, want *Error) {
		t.Helper()
		refuse(t, name, opened(FromServer, v), in, want)
	}
	f("MQTT-3.9.3-1", V5, packet(0x90, 0, 1, 0), errNoCodes)
	f("MQTT-3.9.3-1 v4", V311, packet(0x90, 0, 1), errNoCodes)
	f("MQTT-3.9.3-2", V5, packet(0x90, 0, 1, 0, 3), errReasonCode)
	f("3.1.1 MQTT-3.9.3-2", V311, packet(0x90, 0, 1, 0x87), errReturnCode)
	f("MQTT-3.11.3-2", V5, packet(0xB0, 0, 1, 0, 1), errReasonCode)
	f("UNSUBACK without codes", V5, packet(0xB0, 0, 1, 0), errNoCodes)
	f("UNSUBACK v4 with codes", V311, packet(0xB0, 0, 1, 0), errTrailing)
	f("id 0", V5, packet(0x90, 0, 0, 0, 0), errPacketID)
	f("cut", V5, packet(0x90, 0), errTruncated)
}

func TestPing(t *testing.T) {
	for _, v := range versions {
		if p := accept(t, opened(FromClient, v), AppendPingreq(nil)); p.Type != TypePingreq {
			t.Error(dump(p))
		}
		if p := accept(t, opened(FromServer, v), AppendPingresp(nil)); p.Type != TypePingresp {
			t.Error(dump(p))
		}
	}
}

func TestDisconnect(t *testing.T) {
	f := func(role Role, v Version, code ReasonCode, properties, want []byte) {
		t.Helper()
		in := AppendDisconnect(nil, v, code, properties)
		if !bytes.Equal(in, want) {
			t.Fatalf("% x, want % x", in, want)
		}
		p := accept(t, opened(role, v), in)
		if p.Type != TypeDisconnect || v == V5 && p.ReasonCode != code || v != V5 && p.ReasonCode != 0 {
			t.Error(dump(p))
		}
	}
	f(FromClient, V311, CodeDisconnectWithWill, nil, packet(0xE0))
	f(FromClient, V5, CodeSuccess, nil, packet(0xE0))
	f(FromClient, V5, CodeDisconnectWithWill, nil, packet(0xE0, 4))
	f(FromClient, V5, CodeSuccess, []byte{0x11, 0, 0, 0, 9}, packet(0xE0, 0, section(0x11, 0, 0, 0, 9)))
	f(FromServer, V5, CodeSessionTakenOver, nil, packet(0xE0, 0x8E))

	r := func(name string, role Role, v Version, in []byte, want *Error) {
		t.Helper()
		refuse(t, name, opened(role, v), in, want)
	}
	r("v4 with a code", FromClient, V311, packet(0xE0, 0), errTrailing)
	r("MQTT-3.14.2-1 a server's code", FromClient, V5, packet(0xE0, 0x8E), errReasonCode)
	r("MQTT-3.14.2-1 a client's code", FromServer, V5, packet(0xE0, 0x04), errReasonCode)
	r("MQTT-3.14.2-1 normal from a server", FromServer, V5, packet(0xE0), errReasonCode)
	r("MQTT-3.14.2-2", FromServer, V5, packet(0xE0, 0x8B, section(0x11, 0, 0, 0, 9)), errServerExpiry)
	r("§3.14.2.2.5", FromClient, V5, packet(0xE0, 0, section(0x1C, str("x"))), errClientReference)
	r("trailing", FromClient, V5, packet(0xE0, 0, 0, 0), errTrailing)
	r("cut", FromClient, V5, packet(0xE0, 0, 3), errTruncated)
}

func TestAuth(t *testing.T) {
	in := AppendAuth(nil, CodeReauthenticate, authProperties())
	if want := packet(0xF0, 0x19, section(authProperties())); !bytes.Equal(in, want) {
		t.Fatalf("% x, want % x", in, want)
	}
	p := accept(t, opened(FromClient, V5), in)
	if p.ReasonCode != CodeReauthenticate || string(p.Properties.AuthMethod) != "SCRAM-SHA-256" || len(p.Properties.AuthData) != 3 {
		t.Error(dump(p))
	}
	accept(t, opened(FromServer, V5), AppendAuth(nil, CodeSuccess, nil))
	accept(t, opened(FromServer, V5), AppendAuth(nil, CodeSuccess, authProperties()))

	r := func(name string, role Role, in []byte, want *Error) {
		t.Helper()
		refuse(t, name, opened(role, V5), in, want)
	}
	r("§3.15.2.1 success from a client", FromClient, packet(0xF0), errReasonCode)
	r("§3.15.2.1 success with properties from a client", FromClient, packet(0xF0, 0, section(authProperties())), errReasonCode)
	r("§3.15.2.1 re-authenticate from a server", FromServer, packet(0xF0, 0x19, 0), errReasonCode)
	r("§3.15.2.2.2", FromClient, packet(0xF0, 0x18, 0), errAuthMethod)
	r("§3.15.2.2.3 data without method", FromClient, packet(0xF0, 0x18, section(0x16, str("x"))), errAuthData)
	r("no property length", FromClient, packet(0xF0, 0x18), errTruncated)
	r("trailing", FromClient, packet(0xF0, 0x18, section(0x15, str("m")), 0), errTrailing)
}
