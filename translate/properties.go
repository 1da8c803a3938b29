package translate

import (
	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

// Crossing translates what accompanies a payload. The zero value works.
type Crossing struct {
	// StrictUTF8 keeps control and noncharacters out of MQTT strings. It is
	// to be what mqtt.Limits.StrictUTF8 is: then every string that a session
	// lets in comes back from NATS as it was, and no NATS publisher can make
	// a strict MQTT client close its connection.
	StrictUTF8 bool
	// Expiry says how NATS clients are told of a Message Expiry Interval.
	Expiry ExpiryHeader
}

// AppendProperties appends the MQTT 5 property section (without its length) of
// a PUBLISH that carries a NATS header block. responseTopic is the Response
// Topic, or empty. The block may be anything, the section is well formed.
//
// The status of the first line becomes the User Properties Status and
// Description. Then every pair becomes one property, in order: the one it
// stands for if it is the first of that name and its value makes sense there,
// otherwise a User Property.
//
// skipped counts what could not be carried: each string longer than MQTT
// allows, and once the lines that are no pairs (or a block that is none).
func (c Crossing) AppendProperties(dst, block, responseTopic []byte) (section []byte, skipped int) {
	return c.AppendReplyProperties(dst, block, responseTopic, nil)
}

// AppendReplyProperties is AppendProperties for the answer to a gateway reply:
// its Correlation Data, unless empty, stands for the header of that meaning.
func (c Crossing) AppendReplyProperties(dst, block, responseTopic, correlation []byte) (section []byte, skipped int) {
	if len(responseTopic) > 0 {
		dst = mqtt.AppendStringProperty(dst, mqtt.PropResponseTopic, responseTopic)
	}
	if len(correlation) > 0 {
		dst = mqtt.AppendBinaryProperty(dst, mqtt.PropCorrelationData, correlation)
	}
	if len(block) == 0 {
		return dst, 0
	}
	w := propertyWriter{dst: dst, block: block, text: mqttText(c.StrictUTF8), given: len(correlation) > 0}
	w.status(block)
	headers := nats.IterHeaders(block)
	for key, value, ok := headers.Next(); ok; key, value, ok = headers.Next() {
		kind := specialOf(key)
		if kind == correlationData && w.given {
			continue
		}
		if !w.special(kind, value) {
			w.user(key, value)
		}
	}
	if headers.Malformed() {
		w.skipped++
	}
	return w.dst, w.skipped
}

// propertyWriter is the section in the making.
type propertyWriter struct {
	dst     []byte
	block   []byte
	text    charset
	skipped int
	written [correlationData + 1]bool
	given   bool // Correlation Data is there already: that of the header is its echo
}

var statusKey, descriptionKey = []byte("Status"), []byte("Description")

func (w *propertyWriter) status(block []byte) {
	code, description := nats.HeaderStatus(block)
	if code == 0 {
		return
	}
	digits := [...]byte{'0' + byte(code/100), '0' + byte(code/10%10), '0' + byte(code%10)}
	w.user(statusKey, digits[:])
	if len(description) > 0 {
		w.user(descriptionKey, description)
	}
}

// special writes a property that is no User Property. It reports false when
// the header is to become one after all.
func (w *propertyWriter) special(kind special, value []byte) bool {
	if kind == ordinary || w.written[kind] {
		return false
	}
	switch kind {
	case contentType:
		start := len(w.dst)
		w.dst = append(w.dst, byte(mqtt.PropContentType))
		w.string(start, headerValue, value)
	case correlationData:
		start := len(w.dst)
		w.dst = append(w.dst, byte(mqtt.PropCorrelationData))
		w.binary(start, value)
	case payloadFormat:
		if len(value) != 1 || value[0] != '0' && value[0] != '1' {
			return false
		}
		w.dst = mqtt.AppendByteProperty(w.dst, mqtt.PropPayloadFormat, value[0]-'0')
	case publishQoS:
		if _, ok := parseQoS(value); !ok {
			return false
		}
	case publishRetain:
		if _, ok := parseFlag(value); !ok {
			return false
		}
	case publishReceipt:
		if parseReceipt(value) == NoReceipt {
			return false
		}
	case receiptWait:
		if _, ok := parseTTL(value); !ok {
			return false
		}
	case messageExpiry, natsTTL:
		seconds, ok := parseLifetime(kind, value)
		if !ok {
			return false
		}
		if kind == natsTTL {
			if expiry, ok := expiryOf(w.block); ok && expiry != seconds {
				return false
			} else if ok {
				break // it says the same
			}
		}
		w.dst = mqtt.AppendUint32Property(w.dst, mqtt.PropMessageExpiry, seconds)
	}
	w.written[kind] = true
	return true
}

// user writes a User Property.
func (w *propertyWriter) user(key, value []byte) {
	start := len(w.dst)
	w.dst = append(w.dst, byte(mqtt.PropUserProperty))
	w.string(start, headerKey, key)
	if len(w.dst) > start {
		w.string(start, headerValue, value)
	}
}

// string writes a string of the property that begins at start, or takes the
// property back and counts it.
func (w *propertyWriter) string(start int, from charset, text []byte) {
	at := len(w.dst)
	w.dst = cross(append(w.dst, 0, 0), from, w.text, text)
	w.close(start, at)
}

// binary is string for binary data in percent form.
func (w *propertyWriter) binary(start int, text []byte) {
	at := len(w.dst)
	w.dst = appendUnescaped(append(w.dst, 0, 0), text)
	w.close(start, at)
}

// close enters the length of what was written behind the two bytes at at.
func (w *propertyWriter) close(start, at int) {
	size := len(w.dst) - at - 2
	if size > mqtt.MaxString {
		w.dst = w.dst[:start]
		w.skipped++
		return
	}
	w.dst[at], w.dst[at+1] = byte(size>>8), byte(size)
}
