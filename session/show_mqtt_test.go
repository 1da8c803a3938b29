package session_test

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// assigned is a client identifier that the server made.
var assigned = regexp.MustCompile(`isthmus-[0-9a-z]+-[0-9a-z]+`)

// showMQTT writes down what a server sent, one packet a line. The properties of
// CONNACK are shown only when they are asked for.
func showMQTT(d *codec.Decoder, out []byte, full bool) (lines []string) {
	for len(out) > 0 {
		var p codec.Packet
		n, err := d.Next(out, &p)
		if err != nil {
			return append(lines, fmt.Sprintf("(%v) % X", err, out))
		}
		if p.Type == 0 {
			return append(lines, fmt.Sprintf("(not a whole packet) % X", out))
		}
		if p.Type == codec.TypeConnack && !full && len(p.Properties.Raw) > 0 {
			present := ""
			if p.SessionPresent {
				present = " session-present"
			}
			lines = append(lines, fmt.Sprintf("CONNACK%s 0x%02X {...}", present, byte(p.ReasonCode)))
		} else {
			lines = append(lines, showPacket(&p, d.Version()))
		}
		out = out[n:]
	}
	return lines
}

func showPacket(p *codec.Packet, v codec.Version) string {
	var s strings.Builder
	s.WriteString(p.Type.String())
	code := v == codec.V5
	switch p.Type {
	case codec.TypeConnack:
		if p.SessionPresent {
			s.WriteString(" session-present")
		}
		code = true
	case codec.TypePublish:
		fmt.Fprintf(&s, " %s \"%s\"", quote(p.Topic), escape(p.Payload))
		if p.QoS > 0 {
			fmt.Fprintf(&s, " qos=%d id=%d", p.QoS, p.ID)
		}
		if p.Dup {
			s.WriteString(" dup")
		}
		if p.Retain {
			s.WriteString(" retain")
		}
		code = false
	case codec.TypeSuback, codec.TypeUnsuback:
		fmt.Fprintf(&s, " %d", p.ID)
		for _, c := range p.Payload {
			fmt.Fprintf(&s, " 0x%02X", c)
		}
		code = false
	case codec.TypePuback, codec.TypePubrec, codec.TypePubrel, codec.TypePubcomp:
		fmt.Fprintf(&s, " %d", p.ID)
	case codec.TypePingresp:
		code = false
	}
	if code {
		fmt.Fprintf(&s, " 0x%02X", byte(p.ReasonCode))
	}
	s.WriteString(assigned.ReplaceAllString(showProperties(p.Properties.Raw), "(made)"))
	return s.String()
}

// showProperties writes a section in wire order, each with a blank before it.
func showProperties(raw []byte) string {
	var s strings.Builder
	str := func() []byte {
		n := int(raw[0])<<8 | int(raw[1])
		b := raw[2 : 2+n]
		raw = raw[2+n:]
		return b
	}
	number := func(size int) (v int) {
		for _, b := range raw[:size] {
			v = v<<8 | int(b)
		}
		raw = raw[size:]
		return v
	}
	for len(raw) > 0 {
		row := propertyByID(codec.PropertyID(raw[0]))
		raw = raw[1:]
		fmt.Fprintf(&s, " %s=", row.name)
		switch row.kind {
		case text:
			s.WriteString(quote(str()))
		case pair:
			key := append([]byte(nil), str()...)
			s.WriteString(`"` + escape(key) + "=>" + escape(str()) + `"`)
		case varInt:
			v, n := binary.Uvarint(raw) // the same encoding
			raw = raw[n:]
			fmt.Fprint(&s, v)
		default:
			fmt.Fprint(&s, number(int(row.kind)))
		}
	}
	return s.String()
}
