package bench

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	mqttcodec "github.com/isthmus-mq/isthmus/codec/mqtt"
	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/session"
)

// reads are what a lane reads from a publisher, one after the other.
type reads struct {
	ins      [][]byte
	messages []int // in each
}

// natsReads and mqttReads fill reads with publishes to the names, each once;
// payloads take the sizes in turn.
func natsReads(names []string, sizes ...int) reads {
	return readsOf(names, sizes, func(in []byte, name string, payload []byte) []byte {
		return natscodec.AppendPub(in, []byte(name), nil, payload)
	})
}

func mqttReads(names []string, sizes ...int) reads {
	return readsOf(names, sizes, func(in []byte, name string, payload []byte) []byte {
		return mqttcodec.AppendPublish(in, mqttcodec.V311, 0, []byte(name), 0, nil, payload)
	})
}

func readsOf(names []string, sizes []int, one func(in []byte, name string, payload []byte) []byte) (r reads) {
	var in []byte
	count := 0
	for i, name := range names {
		in = one(in, name, make([]byte, sizes[i%len(sizes)]))
		count++
		if len(in) >= readSize || i == len(names)-1 {
			r.ins, r.messages = append(r.ins, in), append(r.messages, count)
			in, count = nil, 0
		}
	}
	return r
}

// runReads measures turns of the reads, again and again; one op is one
// published message.
func runReads(b *testing.B, r *rig, from session.Session, in reads) {
	b.Helper()
	for _, in := range in.ins {
		r.turn(from, in)
	}
	before := r.hub.Traffic().Out
	b.ReportAllocs()
	done := reportCPU(b)
	b.ResetTimer()
	for n, i := 0, 0; n < b.N; i++ {
		at := i % len(in.ins)
		r.turn(from, in.ins[at])
		n += in.messages[at]
	}
	b.StopTimer()
	done()
	if r.hub.Traffic().Out == before {
		b.Fatal("nothing was delivered")
	}
}

// reportCPU reports the processor time from now until the function that it returns
// is called, beside the time on the wall, which says little on a shared machine.
func reportCPU(b *testing.B) (done func()) {
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	from := used()
	return func() { b.ReportMetric(float64(used()-from)/float64(b.N), "cpu-ns/op") }
}

// repeated is n times the same name.
func repeated(name string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = name
	}
	return list
}

// numbered is n names, in no order.
func numbered(format string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(format, i)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// BenchmarkSizes is BenchmarkPipeline with payloads of two sizes in turn, so that
// no two messages travel together.
func BenchmarkSizes(b *testing.B) {
	b.Run("NATS-NATS", func(b *testing.B) {
		r := newRig()
		r.natsClient("SUB bench.one 1\r\n")
		runReads(b, r, r.natsClient(""), natsReads(repeated("bench.one", 2000), 16, 17))
	})
	b.Run("NATS-MQTT", func(b *testing.B) {
		r := newRig()
		r.mqttClient("sub", "bench/one")
		runReads(b, r, r.natsClient(""), natsReads(repeated("bench.one", 2000), 16, 17))
	})
	b.Run("MQTT-NATS", func(b *testing.B) {
		r := newRig()
		r.natsClient("SUB bench.one 1\r\n")
		runReads(b, r, r.mqttClient("pub"), mqttReads(repeated("bench/one", 2000), 16, 17))
	})
	b.Run("MQTT-MQTT", func(b *testing.B) {
		r := newRig()
		r.mqttClient("sub", "bench/one")
		runReads(b, r, r.mqttClient("pub"), mqttReads(repeated("bench/one", 2000), 16, 17))
	})
}

// BenchmarkFanOut is 1 to 1000 with 128 bytes: messages that travel together and
// messages of two sizes in turn, subscribers whose copies are equal and
// subscribers whose copies are not.
func BenchmarkFanOut(b *testing.B) {
	const receivers = 1000
	natsSubs := func(r *rig, sid func(i int) int) {
		for i := range receivers {
			r.natsClient(fmt.Sprintf("SUB bench.one %d\r\n", sid(i)))
		}
	}
	equal := func(int) int { return 1 }
	other := func(i int) int { return i + 1 }
	for _, c := range []struct {
		name  string
		sizes []int
	}{{"stream", []int{128}}, {"sizes", []int{128, 129}}} {
		in, topics := repeated("bench.one", 400), repeated("bench/one", 400)
		b.Run("NATS-NATS/"+c.name+"/equal", func(b *testing.B) {
			r := newRig()
			natsSubs(r, equal)
			runReads(b, r, r.natsClient(""), natsReads(in, c.sizes...))
		})
		b.Run("NATS-NATS/"+c.name+"/other-sids", func(b *testing.B) {
			r := newRig()
			natsSubs(r, other)
			runReads(b, r, r.natsClient(""), natsReads(in, c.sizes...))
		})
		b.Run("MQTT-MQTT/"+c.name, func(b *testing.B) {
			r := newRig()
			for i := range receivers {
				r.mqttClient(fmt.Sprint("sub", i), "bench/one")
			}
			runReads(b, r, r.mqttClient("pub"), mqttReads(topics, c.sizes...))
		})
	}
	b.Run("NATS-NATS/subjects/equal", func(b *testing.B) {
		r := newRig()
		for range receivers {
			r.natsClient("SUB bench.> 1\r\n")
		}
		runReads(b, r, r.natsClient(""), natsReads(numbered("bench.s%03d", 400), 128))
	})
}

// BenchmarkUnique publishes to more subjects than a lane remembers.
func BenchmarkUnique(b *testing.B) {
	const names = 1 << 18
	b.Run("NATS-NATS/wildcard", func(b *testing.B) {
		r := newRig()
		r.natsClient("SUB bench.> 1\r\n")
		runReads(b, r, r.natsClient(""), natsReads(numbered("bench.d%06d.temp", names), 16))
	})
	b.Run("NATS-MQTT/wildcard", func(b *testing.B) {
		r := newRig()
		r.mqttClient("sub", "bench/#")
		runReads(b, r, r.natsClient(""), natsReads(numbered("bench.d%06d.temp", names), 16))
	})
	b.Run("MQTT-MQTT/wildcard", func(b *testing.B) {
		r := newRig()
		r.mqttClient("sub", "bench/+/temp")
		runReads(b, r, r.mqttClient("pub"), mqttReads(numbered("bench/d%06d/temp", names), 16))
	})
}

// BenchmarkOneOf publishes each message to another one of very many
// subscriptions.
func BenchmarkOneOf(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		names := numbered("dev.%07d.temp", n)
		for _, c := range []struct{ name, format string }{{"exact", "dev.%07d.temp"}, {"wildcard", "dev.%07d.*"}} {
			b.Run(fmt.Sprintf("%d/%s", n, c.name), func(b *testing.B) {
				r := newRig()
				const each = 10_000
				for first := 0; first < n; first += each {
					var subs []byte
					for i := range each {
						subs = fmt.Appendf(subs, "SUB "+c.format+" %d\r\n", first+i, i)
					}
					r.natsClient(string(subs))
				}
				runReads(b, r, r.natsClient(""), natsReads(names[:min(n, 1<<18)], 16))
			})
		}
	}
}

// BenchmarkChurn is BenchmarkPipeline while somebody subscribes and
// unsubscribes once in a read of some 1400 messages: something else, or what
// shares a shard with the stream's subject.
func BenchmarkChurn(b *testing.B) {
	for _, c := range []struct{ name, sub string }{{"elsewhere", "other.thing"}, {"beside", "bench.one.*"}} {
		for _, names := range []int{1, 1000} {
			b.Run(fmt.Sprintf("NATS-NATS/%d-subjects/%s", names, c.name), func(b *testing.B) {
				r := newRig()
				r.natsClient("SUB bench.> 1\r\n")
				churner := r.natsClient("")
				from := r.natsClient("")
				list := repeated("bench.one", 1)
				if names > 1 {
					list = numbered("bench.one.s%03d", names)
				}
				in, messages := natsInput(list, 16)
				b.ReportAllocs()
				done := reportCPU(b)
				b.ResetTimer()
				for n := 0; n < b.N; n += messages {
					r.turn(churner, []byte("SUB "+c.sub+" 1\r\n"))
					r.turn(from, in)
					r.turn(churner, []byte("UNSUB 1\r\n"))
				}
				done()
			})
		}
	}
}
