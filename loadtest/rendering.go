package loadtest

import (
	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/loadtest/client"
	"github.com/isthmus-mq/isthmus/loadtest/ledger"
)

// rendering is how one publisher's messages look on the wire. A publisher with
// one topic has all in front of the payload ready.
type rendering struct {
	protocol client.Protocol
	version  mqtt.Version
	qos      byte
	topic    Template
	topics   int // {n} is the number of the message modulo this
	conn     int
	reply    string // reply subject or Response Topic; empty: none

	head    []byte // in front of the payload; empty: topics differ
	idAt    int    // where in head the packet identifier is
	payload []byte // as every message's but for the stamp; shared and read only
	name    []byte // scratch
	section []byte // properties
}

// prepare fills head if all messages have one.
func (r *rendering) prepare() {
	if r.reply != "" {
		r.section = mqtt.AppendStringProperty(nil, mqtt.PropResponseTopic, r.reply)
		r.section = mqtt.AppendBinaryProperty(r.section, mqtt.PropCorrelationData, "isthmus-load")
	}
	if r.topic.N {
		return
	}
	r.name = r.topic.Append(nil, r.conn, 0)
	if r.protocol == client.NATS {
		whole := nats.AppendPub(nil, r.name, []byte(r.reply), r.payload)
		r.head = whole[:len(whole)-len(r.payload)-len("\r\n")]
		return
	}
	r.head = mqtt.AppendPublishHeader(nil, r.version, mqtt.PublishFlags(r.qos, false, false), r.name, 0, r.section, len(r.payload))
	r.idAt = len(r.head) - 2
	if r.version == mqtt.V5 {
		r.idAt -= mqtt.VarIntSize(uint32(len(r.section))) + len(r.section)
	}
}

// append appends one message.
func (r *rendering) append(dst []byte, id uint16, s ledger.Stamp) []byte {
	at := len(dst)
	if len(r.head) > 0 {
		dst = append(dst, r.head...)
		if r.qos > 0 && r.protocol == client.MQTT {
			dst[at+r.idAt], dst[at+r.idAt+1] = byte(id>>8), byte(id)
		}
		at = len(dst)
		dst = append(dst, r.payload...)
		if r.protocol == client.NATS {
			dst = append(dst, '\r', '\n')
		}
		s.Put(dst[at:])
		return dst
	}
	r.name = r.topic.Append(r.name[:0], r.conn, int(s.Number%uint64(r.topics)))
	if r.protocol == client.NATS {
		dst = nats.AppendPub(dst, r.name, []byte(r.reply), r.payload)
		s.Put(dst[len(dst)-len(r.payload)-len("\r\n"):])
		return dst
	}
	dst = mqtt.AppendPublish(dst, r.version, mqtt.PublishFlags(r.qos, false, false), r.name, id, r.section, r.payload)
	s.Put(dst[len(dst)-len(r.payload):])
	return dst
}

// filling is what stands behind the stamp in every payload.
const filling = "isthmus-load 0123456789 abcdefghijklmnopqrstuvwxyz "

// newPayload returns a payload of size bytes, the stamp's still empty.
func newPayload(size int) []byte {
	b := make([]byte, size)
	for i := ledger.Size; i < size; i++ {
		b[i] = filling[i%len(filling)]
	}
	return b
}
