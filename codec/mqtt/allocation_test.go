//go:build !race

package mqtt

import "testing"

func TestNextAllocatesNothing(t *testing.T) {
	for _, s := range corpus() {
		var p Packet
		limits := *strict
		d := new(Decoder)
		for _, size := range []int{len(s.stream), 100, 3} {
			allocs := testing.AllocsPerRun(100, func() {
				d.Init(s.role, &limits)
				if s.role == FromServer {
					d.SetVersion(s.version)
				}
				for rest := s.stream; len(rest) > 0; {
					in := rest[:min(size, len(rest))]
					rest = rest[len(in):]
					for {
						n, err := d.Next(in, &p)
						if err != nil {
							t.Fatal(err)
						}
						in = in[n:]
						if p.Type == 0 {
							break
						}
						filters, users := p.Filters(), p.Properties.UserProperties()
						for ok := true; ok; {
							_, _, ok = filters.Next()
						}
						for ok := true; ok; {
							_, _, ok = users.Next()
						}
					}
				}
			})
			if allocs != 0 {
				t.Errorf("%s in pieces of %d: %v allocations", s.name, size, allocs)
			}
		}
	}
}

func TestFaultAllocatesNothing(t *testing.T) {
	d := opened(FromClient, V5)
	var p Packet
	in := packet(0x30, str("a/#"), 0)
	if n := testing.AllocsPerRun(100, func() {
		d.Init(FromClient, strict)
		d.SetVersion(V5)
		_, _ = d.Next(in, &p)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	dst := make([]byte, 0, 4096)
	topic, payload, properties := []byte("a/b"), make([]byte, 100), messageProperties()
	list := []Subscription{{topic, 1}}
	if n := testing.AllocsPerRun(100, func() {
		b := AppendPublish(dst, V5, 2, topic, 1, properties, payload)
		b = AppendPublish(b, V311, 0, topic, 0, nil, payload)
		b = AppendPuback(b, V5, 1, CodeSuccess, properties)
		b = AppendSubscribe(b, V5, 1, properties, list)
		b = AppendConnack(b, V5, true, CodeSuccess, properties)
		b = AppendUserProperty(b, "key", topic)
		b = AppendStringProperty(b, PropContentType, "text")
		_ = AppendPropertiesWithout(b, properties, PropertiesOf(PropContentType))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
