package mqtt

import (
	"fmt"
	"testing"
)

// benchmarkDecode reads stream over and over; it holds n packets.
func benchmarkDecode(b *testing.B, v Version, stream []byte, n int) {
	b.Helper()
	var d Decoder
	d.Init(FromClient, &Limits{MaxPacket: 1 << 20, StrictUTF8: true})
	d.SetVersion(v)
	var p Packet
	b.SetBytes(int64(len(stream) / n))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; {
		for in := stream; len(in) > 0 && i < b.N; i++ {
			k, err := d.Next(in, &p)
			if err != nil || p.Type == 0 {
				b.Fatal(p.Type, err)
			}
			in = in[k:]
		}
	}
}

func BenchmarkNextPublishSameTopic(b *testing.B) {
	for _, v := range []Version{V311, V5} {
		b.Run(fmt.Sprint("v", v), func(b *testing.B) {
			var stream []byte
			for range 100 {
				stream = AppendPublish(stream, v, 0, []byte("sensors/room1/temp"), 0, nil, make([]byte, 16))
			}
			benchmarkDecode(b, v, stream, 100)
		})
	}
}

func BenchmarkNextPublish1000Topics(b *testing.B) {
	for _, v := range []Version{V311, V5} {
		b.Run(fmt.Sprint("v", v), func(b *testing.B) {
			var stream []byte
			for i := range 1000 {
				stream = AppendPublish(stream, v, 0, fmt.Appendf(nil, "sensors/room%04d/temp", i), 0, nil, make([]byte, 16))
			}
			benchmarkDecode(b, v, stream, 1000)
		})
	}
}

func BenchmarkNextPublishQoS1(b *testing.B) {
	for _, v := range []Version{V311, V5} {
		b.Run(fmt.Sprint("v", v), func(b *testing.B) {
			var stream []byte
			for i := range 100 {
				stream = AppendPublish(stream, v, PublishFlags(1, false, false), []byte("sensors/room1/temp"), uint16(i+1), nil, make([]byte, 16))
			}
			benchmarkDecode(b, v, stream, 100)
		})
	}
}

func BenchmarkNextPublishProperties(b *testing.B) {
	section := AppendUint32Property(nil, PropMessageExpiry, 60)
	section = AppendStringProperty(section, PropContentType, "application/json")
	section = AppendUserProperty(section, "trace", "0123456789abcdef")
	var stream []byte
	for range 100 {
		stream = AppendPublish(stream, V5, 0, []byte("sensors/room1/temp"), 0, section, make([]byte, 16))
	}
	benchmarkDecode(b, V5, stream, 100)
}

func BenchmarkNextPuback(b *testing.B) {
	var stream []byte
	for i := range 100 {
		stream = AppendPuback(stream, V5, uint16(i+1), CodeSuccess, nil)
	}
	benchmarkDecode(b, V5, stream, 100)
}

func BenchmarkNextSubscribe(b *testing.B) {
	stream := AppendSubscribe(nil, V5, 1, nil, []Subscription{{[]byte("sensors/+/temp"), 1}, {[]byte("alarms/#"), 2}})
	benchmarkDecode(b, V5, stream, 1)
}

func BenchmarkNextConnect(b *testing.B) {
	section := AppendUint32Property(nil, PropSessionExpiry, 3600)
	c := Connect{Version: V5, KeepAlive: 60, ClientID: []byte("device-000001"), HasUsername: true, Username: []byte("user"), HasPassword: true, Password: []byte("secret")}
	stream := AppendConnect(nil, &c, section)
	var d Decoder
	var p Packet
	limits := Limits{MaxPacket: 1 << 16, StrictUTF8: true}
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for range b.N {
		d.Init(FromClient, &limits)
		if _, err := d.Next(stream, &p); err != nil || p.Type != TypeConnect {
			b.Fatal(err)
		}
	}
}

// BenchmarkNextSplit reads packets of 300 bytes from inputs of 100.
func BenchmarkNextSplit(b *testing.B) {
	stream := AppendPublish(nil, V311, 0, []byte("sensors/room1/temp"), 0, nil, make([]byte, 277))
	var d Decoder
	d.Init(FromClient, nil)
	d.SetVersion(V311)
	var p Packet
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for range b.N {
		for at := 0; at < len(stream); at += 100 {
			if _, err := d.Next(stream[at:at+100], &p); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAppendPublish(b *testing.B) {
	for _, v := range []Version{V311, V5} {
		for _, qos := range []byte{0, 1} {
			b.Run(fmt.Sprint("v", v, "/qos", qos), func(b *testing.B) {
				topic, payload := []byte("sensors/room1/temp"), make([]byte, 16)
				var dst []byte
				b.ReportAllocs()
				for i := range b.N {
					dst = AppendPublish(dst[:0], v, PublishFlags(qos, false, false), topic, uint16(i|1), nil, payload)
				}
				b.SetBytes(int64(len(dst)))
			})
		}
	}
}

func BenchmarkPeekClientID(b *testing.B) {
	stream := AppendConnect(nil, &Connect{Version: V5, KeepAlive: 60, ClientID: []byte("device-000001")}, AppendUint32Property(nil, PropSessionExpiry, 3600))
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for range b.N {
		if _, _, status := PeekClientID(stream, 1<<16); status != PeekFound {
			b.Fatal(status)
		}
	}
}
