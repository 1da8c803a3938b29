package translate

import (
	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

// AppendHeaders appends the complete NATS header block for the property
// section (without its length) of a PUBLISH that the codec has accepted, or
// nothing when the section says nothing to a NATS client. What is no User
// Property comes first, then the User Properties in order; Response Topic,
// Subscription Identifier and Topic Alias are not headers.
//
// Keys are printable ASCII, values hold no CR, LF or NUL: whatever the section
// contains, an iterator finds exactly these pairs.
func (c Crossing) AppendHeaders(dst, section []byte) []byte {
	return c.AppendPublishHeaders(dst, section, false)
}

// AppendPublishHeaders is AppendHeaders for a PUBLISH with this RETAIN flag.
func (c Crossing) AppendPublishHeaders(dst, section []byte, retain bool) []byte {
	var p mqtt.Properties
	if mqtt.DecodeProperties(section, mqtt.TypePublish, &p) != nil {
		p = mqtt.Properties{}
	}
	if p.Users == 0 && p.Present&shown == 0 && !retain {
		return dst
	}
	text := mqttText(c.StrictUTF8)
	dst = nats.AppendHeaderStart(dst)
	if p.Has(mqtt.PropContentType) {
		dst = append(dst, headerContentType+": "...)
		dst = append(cross(dst, text, headerValue, p.ContentType), "\r\n"...)
	}
	if p.Has(mqtt.PropPayloadFormat) {
		dst = append(dst, headerPayloadFormat+": "...)
		dst = append(dst, '0'+p.PayloadFormat, '\r', '\n')
	}
	if p.Has(mqtt.PropMessageExpiry) {
		dst = c.Expiry.appendExpiry(dst, p.MessageExpiry)
	}
	if p.Has(mqtt.PropCorrelationData) {
		dst = append(dst, headerCorrelationData+": "...)
		dst = append(appendEncoded(dst, p.CorrelationData), "\r\n"...)
	}
	if retain {
		dst = append(dst, headerPublishRetain+": 1\r\n"...)
	}
	users := p.UserProperties()
	for key, value, ok := users.Next(); ok; key, value, ok = users.Next() {
		dst = append(cross(dst, text, headerKey, key), ": "...)
		dst = append(cross(dst, text, headerValue, value), "\r\n"...)
	}
	return nats.AppendHeaderEnd(dst)
}

// shown are the properties that have a header of their own.
var shown = mqtt.PropertiesOf(mqtt.PropContentType, mqtt.PropPayloadFormat,
	mqtt.PropMessageExpiry, mqtt.PropCorrelationData)
