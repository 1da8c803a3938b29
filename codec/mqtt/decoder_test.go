package mqtt

import (
	"bytes"
	"testing"
	"unsafe"
)

// Whole, byte by byte and at every split: the packets are the same.
func TestNextEverySplit(t *testing.T) {
	for _, s := range corpus() {
		t.Run(s.name, func(t *testing.T) {
			whole, err := run(s.start(strict), [][]byte{s.stream})
			if err != nil {
				t.Fatal(err)
			}
			check := func(what string, at int, chunks ...[]byte) {
				t.Helper()
				got, err := run(s.start(strict), chunks)
				if e := equalRuns(whole, got, nil, err); e != nil {
					t.Fatal(what, at, e)
				}
			}
			for at := range len(s.stream) {
				check("split at", at, s.stream[:at], s.stream[at:])
			}
			for _, size := range []int{1, 2, 3, 7} {
				var chunks [][]byte
				for rest := s.stream; len(rest) > 0; {
					n := min(size, len(rest))
					chunks = append(chunks, rest[:n], nil)
					rest = rest[n:]
				}
				check("chunks of", size, chunks...)
			}
		})
	}
}

// A fault is the same however the bytes come, at every length of a truncation.
func TestNextEverySplitOfFaults(t *testing.T) {
	for _, s := range corpus() {
		for at := 0; at < len(s.stream); at += 7 {
			bad := bytes.Clone(s.stream)
			bad[at] ^= 0x81
			whole, wholeErr := run(s.start(strict), [][]byte{bad})
			var chunks [][]byte
			for i := range bad {
				chunks = append(chunks, bad[i:i+1])
			}
			got, err := run(s.start(strict), chunks)
			if e := equalRuns(whole, got, wholeErr, err); e != nil {
				t.Fatal(s.name, "byte", at, e)
			}
		}
	}
}

func TestOrderOfPackets(t *testing.T) {
	connect := AppendConnect(nil, &Connect{Version: V5}, nil)
	connack := AppendConnack(nil, V5, false, 0, nil)
	refuse(t, "MQTT-3.1.0-1", opened(FromClient, 0), packet(0xC0), errNotConnect)
	refuse(t, "MQTT-3.1.0-1 HTTP", opened(FromClient, 0), []byte("GET / HTTP/1.1\r\n"), errNotConnect)
	refuse(t, "MQTT-3.1.0-2", opened(FromClient, V5), connect, errSecondConnect)
	refuse(t, "MQTT-3.2.0-1", opened(FromServer, 0), packet(0xD0), errNotConnack)
	refuse(t, "MQTT-3.2.0-1 v4 auth", opened(FromServer, 0), packet(0xF0), errNotConnack)
	refuse(t, "MQTT-3.14.0-1", opened(FromServer, 0), packet(0xE0), errNotConnack)
	refuse(t, "MQTT-3.2.0-2", opened(FromServer, V5), connack, errSecondConnack)
	refuse(t, "TLS on a plain port", opened(FromClient, 0), []byte{0x16, 0x03, 0x01, 0x00, 0x01}, errFlags)
}

func TestDirections(t *testing.T) {
	for _, first := range []int{0x20, 0x90, 0xB0, 0xD0} {
		refuse(t, "from a client", opened(FromClient, V5), packet(first, 0, 1, 0), errDirection)
	}
	for _, first := range []int{0x10, 0x82, 0xA2, 0xC0} {
		refuse(t, "from a server", opened(FromServer, V5), packet(first), errDirection)
	}
	refuse(t, "server DISCONNECT v4", opened(FromServer, V311), packet(0xE0), errDirection)
	for _, v := range versions {
		refuse(t, "type 0", opened(FromClient, v), packet(0x00), errType)
	}
	refuse(t, "type 0 first", opened(FromClient, 0), packet(0x00), errType)
	refuse(t, "AUTH v4", opened(FromClient, V311), packet(0xF0), errType)
	refuse(t, "AUTH v3", opened(FromServer, V31), packet(0xF0), errType)
}

// MQTT-2.1.3-1: every packet but PUBLISH has one value of flags.
func TestReservedFlags(t *testing.T) {
	for role := range senders {
		for typ := TypePuback; typ <= TypeAuth; typ++ {
			if !senders[role].has(typ) {
				continue
			}
			for flags := range byte(16) {
				for _, v := range versions {
					if typ == TypeAuth && v != V5 || typ == TypeDisconnect && v != V5 && role == int(FromServer) {
						continue
					}
					want := errFlags
					if flags == fixedFlags(typ) || v == V31 && fixedFlags(typ) == 2 && flags == 0x0A {
						want = nil
					}
					d := opened(Role(role), v)
					if e := d.admit(byte(typ)<<4|flags, 2, 0); e != want {
						t.Errorf("v%d %v flags %x: %v, want %v", v, typ, flags, e, want)
					}
				}
			}
		}
	}
	refuse(t, "CONNECT flags", opened(FromClient, 0), packet(0x11), errFlags)
	refuse(t, "CONNACK flags", opened(FromServer, 0), packet(0x21, 0, 0), errFlags)
}

func TestRemainingLength(t *testing.T) {
	refuse(t, "§1.5.5 fifth byte", opened(FromClient, V5), []byte{0xC0, 0x80, 0x80, 0x80, 0x80, 0x00}, errVarInt)
	refuse(t, "§1.5.5 fifth byte v4", opened(FromClient, V311), []byte{0xC0, 0xFF, 0xFF, 0xFF, 0xFF}, errVarInt)
	refuse(t, "MQTT-1.5.5-1", opened(FromClient, V5), []byte{0xC0, 0x80, 0x00}, errVarIntLong)
	refuse(t, "MQTT-1.5.5-1 memo", remembering(t, V5), []byte{0x30, 0x85, 0x00, 0, 1, 'a', 0, 'x'}, errVarIntLong)
	accept(t, opened(FromClient, V311), []byte{0xC0, 0x80, 0x80, 0x00})
	p := accept(t, remembering(t, V311), []byte{0x30, 0x84, 0x00, 0, 1, 'a', 'x'})
	if !p.Same || string(p.Payload) != "x" {
		t.Error(dump(p))
	}
	refuse(t, "trailing bytes in PINGREQ", opened(FromClient, V5), packet(0xC0, 0), errTrailing)
}

// remembering returns a decoder that has just read a PUBLISH to "a".
func remembering(t *testing.T, v Version) *Decoder {
	d := opened(FromClient, v)
	accept(t, d, AppendPublish(nil, v, 0, []byte("a"), 0, nil, nil))
	return d
}

// MQTT-3.2.2-15: the limit counts the fixed header, and a larger packet is
// refused before anything of it is kept.
func TestMaxPacket(t *testing.T) {
	for _, size := range []int{2, 127, 128, 129, 5000} {
		in := AppendPublish(nil, V5, 0, []byte("t"), 0, nil, make([]byte, size))
		d := opened(FromClient, V5)
		d.SetLimits(&Limits{MaxPacket: uint32(len(in))})
		accept(t, d, in)
		accept(t, d, in) // by the memo

		d.SetLimits(&Limits{MaxPacket: uint32(len(in) - 1)})
		refuse(t, "whole", d, in, errPacketTooLarge)

		d = opened(FromClient, V5)
		d.SetLimits(&Limits{MaxPacket: uint32(len(in) - 1)})
		head := len(in) - 4 - size
		var p Packet
		if n, err := d.Next(in[:head-1], &p); n != head-1 || err != nil {
			t.Fatal(n, err)
		}
		if _, err := d.Next(in[head-1:head], &p); err != errPacketTooLarge || d.split != nil {
			t.Fatal("not refused from the fixed header:", err)
		}
	}
	d := opened(FromClient, V5)
	d.SetLimits(nil)
	var p Packet
	if _, err := d.Next([]byte{0x30, 0xFF, 0xFF, 0xFF, 0x7F}, &p); err != nil || d.split != nil {
		t.Error("no limit:", err)
	}
}

// Scratch is held while a packet is split, or in use by the caller; never else.
func TestScratchIsBorrowed(t *testing.T) {
	in := AppendPublish(nil, V311, 0, []byte("topic"), 0, nil, make([]byte, 1000))
	d := opened(FromClient, V311)
	var p Packet
	next := func(in []byte, wantType Type, held bool) {
		t.Helper()
		n, err := d.Next(in, &p)
		if err != nil || n != len(in) || p.Type != wantType || (d.split != nil) != held {
			t.Fatalf("n %d, err %v, type %v, split %v", n, err, p.Type, d.split)
		}
	}
	next(in[:3], 0, false)
	next(nil, 0, false)
	next(in[3:], TypePublish, false)
	next(in[:10], 0, true)
	if len(d.split.b) != len(in)-3 {
		t.Errorf("scratch of %d bytes for %d", len(d.split.b), len(in)-3)
	}
	next(in[10:], TypePublish, true)
	next(nil, 0, false)
	next(in[:10], 0, true)
	d.Release()
	if d.split != nil {
		t.Error("Release kept scratch")
	}
	d.Init(FromClient, strict)
	d.SetVersion(V311)
	next(in[:10], 0, true)
	if _, err := d.Next(nil, &p); err != nil {
		t.Fatal(err)
	}
	next(in[10:], TypePublish, true)
	if _, err := d.Next([]byte{0x00, 0x00}, &p); err != errType || d.split != nil {
		t.Error("a fault kept scratch:", err)
	}
}

func TestScratchClasses(t *testing.T) {
	f := func(n, wantCap int) {
		t.Helper()
		s := getScratch(n)
		if len(s.b) != n || cap(s.b) != wantCap {
			t.Errorf("%d: len %d cap %d, want %d", n, len(s.b), cap(s.b), wantCap)
		}
		putScratch(s)
	}
	f(1, 512)
	f(512, 512)
	f(513, 1024)
	f(4<<20, 4<<20)
	f(4<<20+8192, 4<<20+8192)
}

func TestDecoderSize(t *testing.T) {
	if size := unsafe.Sizeof(Decoder{}); size > 96 {
		t.Errorf("a Decoder has %d bytes", size)
	}
}

func TestErrorText(t *testing.T) {
	want := "mqtt: DUP with QoS 0 [MQTT-3.3.1-2]"
	if got := errDupQoS0.Error(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A declared size is not believed: the scratch of a large packet follows what
// has come in.
func TestScratchFollowsWhatComes(t *testing.T) {
	var d Decoder
	d.Init(FromClient, nil)
	d.SetVersion(V311)
	defer d.Release()
	var p Packet
	in := AppendPublish(nil, V311, 0, []byte("a"), 0, nil, make([]byte, 1<<20))
	for at := 0; at < len(in); {
		n := min(len(in)-at, 1000)
		if _, err := d.Next(in[at:at+n], &p); err != nil {
			t.Fatal(err)
		}
		at += n
		if have := cap(d.split.b); have > max(2*trusted, 4*at) {
			t.Fatalf("%d bytes of scratch for %d that have come", have, at)
		}
	}
	if p.Type != TypePublish || len(p.Payload) != 1<<20 {
		t.Error(p.Type, len(p.Payload))
	}
}
