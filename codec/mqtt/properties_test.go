package mqtt

import (
	"bytes"
	"testing"
)

// TestPropertyPackets holds every property against every packet (table 2-4).
func TestPropertyPackets(t *testing.T) {
	// One legal value for each property, and the packets of table 2-4 in its words.
	table := []struct {
		id    PropertyID
		value []byte
		in    []Type
	}{
		{0x01, raw(1), []Type{TypePublish, TypeWill}},
		{0x02, raw(0, 0, 0, 1), []Type{TypePublish, TypeWill}},
		{0x03, str("x"), []Type{TypePublish, TypeWill}},
		{0x08, str("x"), []Type{TypePublish, TypeWill}},
		{0x09, str("x"), []Type{TypePublish, TypeWill}},
		{0x0B, raw(1), []Type{TypePublish, TypeSubscribe}},
		{0x11, raw(0, 0, 0, 1), []Type{TypeConnect, TypeConnack, TypeDisconnect}},
		{0x12, str("x"), []Type{TypeConnack}},
		{0x13, raw(0, 1), []Type{TypeConnack}},
		{0x15, str("x"), []Type{TypeConnect, TypeConnack, TypeAuth}},
		{0x16, str("x"), []Type{TypeConnect, TypeConnack, TypeAuth}},
		{0x17, raw(1), []Type{TypeConnect}},
		{0x18, raw(0, 0, 0, 1), []Type{TypeWill}},
		{0x19, raw(1), []Type{TypeConnect}},
		{0x1A, str("x"), []Type{TypeConnack}},
		{0x1C, str("x"), []Type{TypeConnack, TypeDisconnect}},
		{0x1F, str("x"), []Type{TypeConnack, TypePuback, TypePubrec, TypePubrel, TypePubcomp, TypeSuback, TypeUnsuback, TypeDisconnect, TypeAuth}},
		{0x21, raw(0, 1), []Type{TypeConnect, TypeConnack}},
		{0x22, raw(0, 1), []Type{TypeConnect, TypeConnack}},
		{0x23, raw(0, 1), []Type{TypePublish}},
		{0x24, raw(1), []Type{TypeConnack}},
		{0x25, raw(1), []Type{TypeConnack}},
		{0x26, raw(str("k"), str("v")), []Type{TypeConnect, TypePublish, TypeWill, TypeSubscribe, TypeUnsubscribe, TypeConnack, TypePuback, TypePubrec, TypePubrel, TypePubcomp, TypeSuback, TypeUnsuback, TypeDisconnect, TypeAuth}},
		{0x27, raw(0, 0, 0, 1), []Type{TypeConnect, TypeConnack}},
		{0x28, raw(1), []Type{TypeConnack}},
		{0x29, raw(1), []Type{TypeConnack}},
		{0x2A, raw(1), []Type{TypeConnack}},
	}
	known := map[PropertyID]bool{}
	for _, row := range table {
		known[row.id] = true
		one := raw(int(row.id), row.value)
		for typ := range TypeWill + 1 {
			var p Properties
			want := error(errPropertyPacket)
			if types(row.in...).has(typ) {
				want = nil
				if row.id == PropAuthData {
					want = errAuthData
				}
			}
			if err := DecodeProperties(one, typ, &p); err != want {
				t.Errorf("%#x in %v: %v, want %v", row.id, typ, err, want)
			} else if err == nil && !p.Has(row.id) {
				t.Errorf("%#x in %v: not there", row.id, typ)
			}
			if want != nil {
				continue
			}
			twice := error(errPropertyTwice)
			if row.id == PropUserProperty || row.id == PropSubscriptionID && typ == TypePublish {
				twice = nil
			}
			if err := DecodeProperties(raw(one, one), typ, &p); err != twice {
				t.Errorf("%#x twice in %v: %v, want %v", row.id, typ, err, twice)
			}
			for n := 1; n < len(one); n++ {
				if err := DecodeProperties(one[:n], typ, &p); err != errTruncated {
					t.Errorf("%#x cut in %v: %v", row.id, typ, err)
				}
			}
		}
	}
	for id := range 256 {
		if known[PropertyID(id)] {
			continue
		}
		if err := DecodeProperties(raw(id, make([]byte, 8)), TypePublish, new(Properties)); err != errPropertyUnknown {
			t.Errorf("%#x: %v", id, err)
		}
	}
}

func TestPropertyValues(t *testing.T) {
	f := func(name string, typ Type, section []byte, want error) {
		t.Helper()
		if err := DecodeProperties(section, typ, new(Properties)); err != want {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	f("§3.1.2.11.3", TypeConnect, raw(0x21, 0, 0), errPropertyZero)
	f("§3.1.2.11.4", TypeConnect, raw(0x27, 0, 0, 0, 0), errPropertyZero)
	f("§3.1.2.11.6", TypeConnect, raw(0x19, 2), errPropertyBool)
	f("§3.1.2.11.7", TypeConnect, raw(0x17, 2), errPropertyBool)
	f("§3.2.2.3.4", TypeConnack, raw(0x24, 2), errPropertyBool)
	f("§3.2.2.3.5", TypeConnack, raw(0x25, 2), errPropertyBool)
	f("§3.2.2.3.11", TypeConnack, raw(0x28, 0xFF), errPropertyBool)
	f("§3.2.2.3.12", TypeConnack, raw(0x29, 2), errPropertyBool)
	f("§3.2.2.3.13", TypeConnack, raw(0x2A, 2), errPropertyBool)
	f("§3.3.2.3.2", TypePublish, raw(0x01, 2), errPropertyBool)
	f("MQTT-3.3.2-8", TypePublish, raw(0x23, 0, 0), errTopicAlias)
	f("§3.8.2.1.2", TypeSubscribe, raw(0x0B, 0), errPropertyZero)
	f("§1.5.5 fifth byte", TypeSubscribe, raw(0x0B, 0x80, 0x80, 0x80, 0x80, 1), errVarInt)
	f("MQTT-1.5.5-1", TypeSubscribe, raw(0x0B, 0x81, 0x00), errVarIntLong)
	f("MQTT-3.3.2-14 +", TypeWill, raw(0x08, str("+")), errResponseTopic)
	f("MQTT-3.3.2-19 content type", TypePublish, raw(0x03, str("\xFF")), errUTF8)
	f("MQTT-1.5.7-1 key", TypePublish, raw(0x26, str("\x00"), str("")), errNUL)
	f("MQTT-1.5.7-1 value", TypePublish, raw(0x26, str(""), str("\xED\xB0\x80")), errUTF8)
	f("correlation data is binary", TypePublish, raw(0x09, str("\xFF\x00")), nil)
	f("data before method", TypeAuth, raw(0x16, str("d"), 0x15, str("m")), nil)
	f("empty", TypePublish, nil, nil)
	f("unlike the zero of an alias, no alias at all", TypeConnect, raw(0x22, 0, 0), nil)
}

func TestUserPropertyLimit(t *testing.T) {
	in := AppendPublish(nil, V5, 0, []byte("a"), 0, userProperties(), nil)
	d := opened(FromClient, V5)
	d.SetLimits(&Limits{MaxUserProperties: 3})
	accept(t, d, in)
	d.SetLimits(&Limits{MaxUserProperties: 2})
	refuse(t, "limit", d, in, errUserProperties)
}

// Every field of Properties comes out as AppendX put it in.
func TestPropertiesFields(t *testing.T) {
	var p Properties
	decode := func(section []byte, typ Type) {
		t.Helper()
		if err := DecodeProperties(section, typ, &p); err != nil {
			t.Fatal(err)
		}
	}
	decode(connectProperties(), TypeConnect)
	if p.SessionExpiry != 0xFFFFFFFF || p.ReceiveMaximum != 20 || p.MaximumPacketSize != 1<<20 || p.TopicAliasMaximum != 10 ||
		!p.RequestResponseInfo || p.RequestProblemInfo || !p.Has(PropRequestProblemInfo) ||
		string(p.AuthMethod) != "SCRAM-SHA-256" || !bytes.Equal(p.AuthData, []byte{0, 1, 0xFF}) {
		t.Errorf("%+v", p)
	}
	decode(connackProperties(), TypeConnack)
	if p.SessionExpiry != 7200 || p.MaximumQoS != 1 || !p.RetainAvailable || string(p.AssignedClientID) != "auto-1" ||
		string(p.ReasonString) != "why" || !p.WildcardAvailable || p.SubscriptionIDAvailable || !p.SharedAvailable ||
		p.ServerKeepAlive != 60 || string(p.ResponseInformation) != "re/" || string(p.ServerReference) != "a:1883 b:1883" {
		t.Errorf("%+v", p)
	}
	decode(messageProperties(), TypePublish)
	if p.PayloadFormat != 1 || p.MessageExpiry != 3600 || string(p.ContentType) != "text/plain" ||
		string(p.ResponseTopic) != "re/ply" || string(p.CorrelationData) != "\x00\xFFid" || p.Users != 3 {
		t.Errorf("%+v", p)
	}
	if p.SessionExpiry != 0 || p.ReasonString != nil {
		t.Error("fields of the section before are left")
	}
	decode(AppendUint32Property(nil, PropWillDelay, 5), TypeWill)
	if p.WillDelay != 5 || p.Users != 0 {
		t.Errorf("%+v", p)
	}
	decode(AppendUint16Property(nil, PropTopicAlias, 0x102), TypePublish)
	if p.TopicAlias != 0x102 {
		t.Errorf("%+v", p)
	}
	decode(nil, TypePublish)
	if p.Present != 0 || p.Raw != nil || p.TopicAlias != 0 {
		t.Errorf("%+v", p)
	}
}

func TestPropertyIterators(t *testing.T) {
	section := AppendVarIntProperty(nil, PropSubscriptionID, 7)
	section = append(section, messageProperties()...)
	section = AppendVarIntProperty(section, PropSubscriptionID, MaxSubscriptionID)
	var p Properties
	if err := DecodeProperties(section, TypePublish, &p); err != nil {
		t.Fatal(err)
	}
	want := []string{"key", "value", "", "", "key", "größer ✓"}
	users := p.UserProperties()
	for i := 0; i < len(want); i += 2 {
		k, v, ok := users.Next()
		if !ok || string(k) != want[i] || string(v) != want[i+1] {
			t.Errorf("%q %q %v", k, v, ok)
		}
	}
	if _, _, ok := users.Next(); ok {
		t.Error("too many user properties")
	}
	ids := p.SubscriptionIDs()
	for _, want := range []uint32{7, MaxSubscriptionID} {
		if id, ok := ids.Next(); id != want || !ok {
			t.Error(id, ok)
		}
	}
	if _, ok := ids.Next(); ok || p.SubscriptionID != 7 {
		t.Error("too many subscription identifiers")
	}
}

func TestAppendPropertiesWithout(t *testing.T) {
	alias := AppendUint16Property(nil, PropTopicAlias, 3)
	id := AppendVarIntProperty(nil, PropSubscriptionID, 300)
	section := raw(id, messageProperties(), alias, id)
	got := AppendPropertiesWithout([]byte("before"), section, PropertiesOf(PropTopicAlias, PropSubscriptionID))
	if want := raw("before", messageProperties()); !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
	if got := AppendPropertiesWithout(nil, section, 0); !bytes.Equal(got, section) {
		t.Errorf("% x, want % x", got, section)
	}
	if got := AppendPropertiesWithout(nil, nil, 0); len(got) != 0 {
		t.Errorf("% x", got)
	}
}
