package mqtt

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// raw joins parts: an int is one byte, a string or []byte stands for itself.
func raw(parts ...any) []byte {
	var b []byte
	for _, part := range parts {
		switch v := part.(type) {
		case int:
			b = append(b, byte(v))
		case string:
			b = append(b, v...)
		case []byte:
			b = append(b, v...)
		default:
			panic(fmt.Sprintf("part %T", part))
		}
	}
	return b
}

// str is a string with its length.
func str(s string) []byte { return raw(len(s)>>8, len(s)&0xFF, s) }

// packet puts a fixed header before parts.
func packet(first int, parts ...any) []byte {
	body := raw(parts...)
	return append(AppendVarInt([]byte{byte(first)}, uint32(len(body))), body...)
}

// section puts a property length before parts.
func section(parts ...any) []byte {
	body := raw(parts...)
	return append(AppendVarInt(nil, uint32(len(body))), body...)
}

var strict = &Limits{MaxPacket: 1 << 22, StrictUTF8: true}

// opened returns a decoder behind CONNECT or CONNACK of version v; for v 0 one
// that has read nothing.
func opened(role Role, v Version) *Decoder {
	d := new(Decoder)
	d.Init(role, strict)
	if v != 0 {
		d.SetVersion(v)
		d.opened = true
	}
	return d
}

// accept decodes one packet, which must be all of in.
func accept(t *testing.T, d *Decoder, in []byte) *Packet {
	t.Helper()
	p := new(Packet)
	n, err := d.Next(in, p)
	if err != nil {
		t.Fatalf("% x: %v", clip(in), err)
	}
	if n != len(in) || p.Type == 0 {
		t.Fatalf("% x: took %d bytes, type %v", clip(in), n, p.Type)
	}
	return p
}

// clip shortens b for a message.
func clip(b []byte) []byte { return b[:min(len(b), 64)] }

// refuse decodes one packet, which must be refused with want, and the decoder
// must stay with that.
func refuse(t *testing.T, name string, d *Decoder, in []byte, want *Error) {
	t.Helper()
	p := new(Packet)
	_, err := d.Next(in, p)
	if err != want {
		t.Errorf("%s: % x: got %v (type %v), want %v", name, clip(in), err, p.Type, want)
		return
	}
	if n, again := d.Next(in, p); n != 0 || again != err || p.Type != 0 {
		t.Errorf("%s: a failed decoder went on: %d, %v", name, n, again)
	}
}

// dump is everything a packet says, for comparisons.
func dump(p *Packet) string {
	b := fmt.Appendf(nil, "%v %x qos %d dup %v retain %v same %v present %v code %#x id %d topic %q payload %q",
		p.Type, p.Flags, p.QoS, p.Dup, p.Retain, p.Same, p.SessionPresent, byte(p.ReasonCode), p.ID, p.Topic, p.Payload)
	n := 0
	for it := p.Filters(); ; n++ {
		f, o, ok := it.Next()
		if !ok {
			break
		}
		b = fmt.Appendf(b, " filter %q %x", f, byte(o))
	}
	if n != p.FilterCount {
		panic(fmt.Sprintf("%d filters, %d counted", n, p.FilterCount))
	}
	b = dumpProperties(b, &p.Properties)
	if p.Type == TypeConnect {
		c := p.Connect
		b = dumpProperties(b, &c.Will.Properties)
		c.Will.Properties = Properties{}
		b = fmt.Appendf(b, " %+v", c)
	}
	return string(b)
}

func dumpProperties(b []byte, p *Properties) []byte {
	if p.Present == 0 {
		if !reflect.ValueOf(*p).IsZero() {
			panic("properties are left over")
		}
		return b
	}
	b = fmt.Appendf(b, " %+v", *p)
	n := uint32(0)
	for it := p.UserProperties(); ; n++ {
		k, v, ok := it.Next()
		if !ok {
			break
		}
		b = fmt.Appendf(b, " user %q %q", k, v)
	}
	if n != p.Users {
		panic(fmt.Sprintf("%d user properties, %d counted", n, p.Users))
	}
	for it := p.SubscriptionIDs(); ; {
		id, ok := it.Next()
		if !ok {
			return b
		}
		b = fmt.Appendf(b, " subid %d", id)
	}
}

// run feeds chunks to d and returns a dump of every packet and the fault. Every
// chunk is overwritten once d has taken it.
func run(d *Decoder, chunks [][]byte) (packets []string, err error) {
	var p Packet
	for _, chunk := range chunks {
		buf := bytes.Clone(chunk)
		for in := buf; ; {
			n, err := d.Next(in, &p)
			if err != nil {
				return packets, err
			}
			in = in[n:]
			if p.Type == 0 {
				if len(in) > 0 {
					panic("more is needed, but not all was taken")
				}
				break
			}
			packets = append(packets, dump(&p))
		}
		if d.split != nil && (d.state != stateBody || len(d.split.b) > int(d.maxPacket)) {
			panic("scratch held for nothing")
		}
		for i := range buf {
			buf[i] = 0xEE
		}
	}
	return packets, nil
}

// equalRuns compares two results of run.
func equalRuns(a, b []string, errA, errB error) error {
	if errA != errB {
		return fmt.Errorf("error %v, whole: %v", errB, errA)
	}
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) {
			return fmt.Errorf("%d packets, whole: %d", len(b), len(a))
		}
		if a[i] != b[i] {
			return errors.New("packet " + b[i] + ", whole: " + a[i])
		}
	}
	return nil
}
