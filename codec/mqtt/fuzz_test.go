package mqtt

import (
	"bytes"
	"testing"
)

// The first byte of a fuzz input picks role and version; bit 2 starts behind
// CONNECT or CONNACK, bit 3 is strict.
func fuzzStart(pick byte) *Decoder {
	d := new(Decoder)
	d.Init(Role(pick&1), &Limits{MaxPacket: 1 << 12, MaxUserProperties: 8, StrictUTF8: pick&8 != 0})
	v := versions[int(pick>>4)%3]
	if d.role == FromServer {
		d.SetVersion(v)
	}
	if pick&4 != 0 {
		d.SetVersion(v)
		d.opened = true
	}
	return d
}

func fuzzPick(role Role, v Version, open bool) byte {
	pick := byte(role) | 8 | (byte(v)-3)<<4
	if open {
		pick |= 4
	}
	return pick
}

// addStreams seeds a target with the corpus, whole and packet by packet.
func addStreams(f *testing.F, add func(pick byte, stream []byte)) {
	f.Helper()
	for _, s := range corpus() {
		add(fuzzPick(s.role, s.version, false), s.stream)
		d, p := s.start(strict), new(Packet)
		for rest := s.stream; len(rest) > 0; {
			n, err := d.Next(rest, p)
			if err != nil {
				f.Fatal(err)
			}
			add(fuzzPick(s.role, s.version, p.Type != TypeConnect && p.Type != TypeConnack), rest[:n])
			rest = rest[n:]
		}
	}
}

// FuzzDecoderChunks: however the bytes are cut, the packets and the fault are
// those of the whole; nothing panics, nothing is held for longer than needed.
func FuzzDecoderChunks(f *testing.F) {
	addStreams(f, func(pick byte, stream []byte) { f.Add(pick, stream, []byte{1, 2, 30}) })
	f.Fuzz(func(t *testing.T, pick byte, stream, cuts []byte) {
		whole, wholeErr := run(fuzzStart(pick), [][]byte{stream})
		var chunks [][]byte
		for i, rest := 0, stream; len(rest) > 0; i++ {
			n := 1
			if len(cuts) > 0 {
				n = int(cuts[i%len(cuts)])
			}
			n = min(n, len(rest))
			if n == 0 && i > len(stream) {
				n = 1
			}
			chunks = append(chunks, rest[:n])
			rest = rest[n:]
		}
		got, err := run(fuzzStart(pick), chunks)
		if e := equalRuns(whole, got, wholeErr, err); e != nil {
			t.Fatal(e)
		}
	})
}

// FuzzRoundTrip: what a decoded packet is encoded to decodes to the same packet,
// and is encoded to the same bytes again.
func FuzzRoundTrip(f *testing.F) {
	addStreams(f, func(pick byte, stream []byte) { f.Add(pick, stream) })
	f.Fuzz(func(t *testing.T, pick byte, stream []byte) {
		d := fuzzStart(pick)
		var p, q Packet
		for {
			opened := d.opened
			n, err := d.Next(stream, &p)
			if err != nil || p.Type == 0 {
				return
			}
			stream = stream[n:]
			p.Same = false
			out := appendPacket(nil, d.version, &p)
			e := new(Decoder)
			e.Init(d.role, nil)
			if d.role == FromServer || opened {
				e.SetVersion(d.version)
			}
			e.opened = opened
			k, err := e.Next(out, &q)
			if err != nil || k != len(out) {
				t.Fatalf("%s: % x: %d %v", dump(&p), out, k, err)
			}
			p.Flags &^= 0x08 // DUP of a packet of 3.1 sent again
			q.Flags &^= 0x08
			if a, b := dump(&p), dump(&q); a != b {
				t.Fatalf("in  %s\nout %s", a, b)
			}
			if again := appendPacket(nil, d.version, &q); !bytes.Equal(again, out) {
				t.Fatalf("% x, again % x", out, again)
			}
		}
	})
}

// appendPacket encodes what was decoded.
func appendPacket(dst []byte, v Version, p *Packet) []byte {
	section := p.Properties.Raw
	switch p.Type {
	case TypeConnect:
		return AppendConnect(dst, &p.Connect, section)
	case TypeConnack:
		return AppendConnack(dst, v, p.SessionPresent, p.ReasonCode, section)
	case TypePublish:
		return AppendPublish(dst, v, PublishFlags(p.QoS, p.Dup, p.Retain), p.Topic, p.ID, section, p.Payload)
	case TypePuback:
		return AppendPuback(dst, v, p.ID, p.ReasonCode, section)
	case TypePubrec:
		return AppendPubrec(dst, v, p.ID, p.ReasonCode, section)
	case TypePubrel:
		return AppendPubrel(dst, v, p.ID, p.ReasonCode, section)
	case TypePubcomp:
		return AppendPubcomp(dst, v, p.ID, p.ReasonCode, section)
	case TypeSubscribe:
		var list []Subscription
		for it := p.Filters(); ; {
			filter, options, ok := it.Next()
			if !ok {
				return AppendSubscribe(dst, v, p.ID, section, list)
			}
			list = append(list, Subscription{filter, options})
		}
	case TypeSuback:
		return AppendSuback(dst, v, p.ID, section, p.Payload)
	case TypeUnsubscribe:
		var list [][]byte
		for it := p.Filters(); ; {
			filter, _, ok := it.Next()
			if !ok {
				return AppendUnsubscribe(dst, v, p.ID, section, list)
			}
			list = append(list, filter)
		}
	case TypeUnsuback:
		return AppendUnsuback(dst, v, p.ID, section, p.Payload)
	case TypePingreq:
		return AppendPingreq(dst)
	case TypePingresp:
		return AppendPingresp(dst)
	case TypeDisconnect:
		return AppendDisconnect(dst, v, p.ReasonCode, section)
	default:
		return AppendAuth(dst, p.ReasonCode, section)
	}
}

// FuzzProperties: an accepted section, put together again from its parts, is the
// same; taking everything out leaves nothing.
func FuzzProperties(f *testing.F) {
	f.Add(byte(TypeConnect), connectProperties())
	f.Add(byte(TypeConnack), connackProperties())
	f.Add(byte(TypePublish), AppendVarIntProperty(AppendVarIntProperty(messageProperties(), PropSubscriptionID, 1), PropSubscriptionID, 300))
	f.Add(byte(TypeWill), AppendUint32Property(messageProperties(), PropWillDelay, 1))
	f.Add(byte(TypeDisconnect), ackProperties())
	f.Add(byte(TypeAuth), authProperties())
	f.Fuzz(func(t *testing.T, typ byte, section []byte) {
		p := Properties{Present: 1, TopicAlias: 9, Raw: []byte("old")}
		if err := DecodeProperties(section, Type(typ), &p); err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%T", err)
			}
			return
		}
		if got := AppendPropertiesWithout(nil, section, 0); !bytes.Equal(got, section) {
			t.Fatalf("% x, want % x", got, section)
		}
		if got := AppendPropertiesWithout(nil, section, ^PropertySet(0)); len(got) != 0 {
			t.Fatalf("% x is left", got)
		}
		var built []byte
		users, ids := p.UserProperties(), p.SubscriptionIDs()
		for rest := section; len(rest) > 0; {
			var id PropertyID
			id, _, rest = splitProperty(rest)
			if !p.Has(id) {
				t.Fatalf("%#x is not present", id)
			}
			built = appendField(t, built, id, &p, &users, &ids)
		}
		if !bytes.Equal(built, section) {
			t.Fatalf("% x, want % x", built, section)
		}
	})
}

// appendField appends property id from what was decoded.
func appendField(t *testing.T, b []byte, id PropertyID, p *Properties, users *UserPropertyIter, ids *SubscriptionIDIter) []byte {
	texts := map[PropertyID][]byte{
		PropContentType: p.ContentType, PropResponseTopic: p.ResponseTopic, PropCorrelationData: p.CorrelationData,
		PropAuthMethod: p.AuthMethod, PropAuthData: p.AuthData, PropReasonString: p.ReasonString,
		PropServerReference: p.ServerReference, PropAssignedClientID: p.AssignedClientID,
		PropResponseInformation: p.ResponseInformation,
	}
	wide := map[PropertyID]uint32{
		PropSessionExpiry: p.SessionExpiry, PropMessageExpiry: p.MessageExpiry,
		PropWillDelay: p.WillDelay, PropMaximumPacketSize: p.MaximumPacketSize,
	}
	narrow := map[PropertyID]uint16{
		PropReceiveMaximum: p.ReceiveMaximum, PropTopicAliasMaximum: p.TopicAliasMaximum,
		PropTopicAlias: p.TopicAlias, PropServerKeepAlive: p.ServerKeepAlive,
	}
	flags := map[PropertyID]bool{
		PropPayloadFormat: p.PayloadFormat == 1, PropMaximumQoS: p.MaximumQoS == 1,
		PropRequestProblemInfo: p.RequestProblemInfo, PropRequestResponseInfo: p.RequestResponseInfo,
		PropRetainAvailable: p.RetainAvailable, PropWildcardAvailable: p.WildcardAvailable,
		PropSubscriptionIDAvailable: p.SubscriptionIDAvailable, PropSharedAvailable: p.SharedAvailable,
	}
	if v, ok := texts[id]; ok {
		return AppendStringProperty(b, id, v)
	}
	if v, ok := wide[id]; ok {
		return AppendUint32Property(b, id, v)
	}
	if v, ok := narrow[id]; ok {
		return AppendUint16Property(b, id, v)
	}
	if v, ok := flags[id]; ok {
		return AppendBoolProperty(b, id, v)
	}
	if id == PropSubscriptionID {
		v, _ := ids.Next()
		return AppendVarIntProperty(b, id, v)
	}
	k, v, ok := users.Next()
	if id != PropUserProperty || !ok {
		t.Fatalf("no field for %#x", id)
	}
	return AppendUserProperty(b, k, v)
}

// FuzzPeekClientID: if the decoder accepts the CONNECT, PeekClientID finds its
// identifier and version, and no prefix of it says otherwise.
func FuzzPeekClientID(f *testing.F) {
	for _, s := range corpus() {
		f.Add(s.stream[:min(len(s.stream), 400)], uint16(0))
	}
	f.Fuzz(func(t *testing.T, in []byte, limit uint16) {
		var d Decoder
		var p Packet
		d.Init(FromClient, &Limits{MaxPacket: uint32(limit)})
		n, err := d.Next(in, &p)
		for k := range len(in) + 1 {
			id, v, status := PeekClientID(in[:k], uint32(limit))
			switch {
			case err != nil:
			case p.Type == 0:
				// Unfinished: the answer may be found, or still to come.
			case status == PeekUndecidable:
				t.Fatalf("undecidable at %d of % x", k, in[:n])
			case status == PeekFound && (!bytes.Equal(id, p.Connect.ClientID) || v != p.Connect.Version):
				t.Fatalf("%q v%d, the decoder has %q v%d", id, v, p.Connect.ClientID, p.Connect.Version)
			case status == PeekNeedMore && k >= n:
				t.Fatalf("more than the packet is needed: % x", in[:n])
			}
		}
	})
}
