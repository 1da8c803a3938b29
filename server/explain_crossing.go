package server

import (
	"strconv"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	natscodec "github.com/isthmus-mq/isthmus/codec/nats"
	"github.com/isthmus-mq/isthmus/explain"
)

// accompany shows what the headers of the question are to clients of both
// protocols.
func (a *answering) accompany() {
	block, p := a.block(), a.doc.Publish
	if block == nil || p.Refused != "" {
		return
	}
	section, _ := a.crossing().AppendProperties(nil, block, nil)
	if p.Protocol == protocolMQTT {
		if !a.five() {
			return // 3.1.1 has no properties
		}
		block = a.crossing().AppendHeaders(nil, section)
	}
	headers := natscodec.IterHeaders(block)
	for key, value, ok := headers.Next(); ok; key, value, ok = headers.Next() {
		p.Headers = append(p.Headers, explain.Pair{Name: string(key), Value: string(value)})
	}
	p.Properties = propertiesOf(section)
}

// propertiesOf lists the properties of a PUBLISH as the standard names them.
func propertiesOf(section []byte) (list []explain.Pair) {
	var p codec.Properties
	if len(section) == 0 || codec.DecodeProperties(section, codec.TypePublish, &p) != nil {
		return nil
	}
	add := func(id codec.PropertyID, name, value string) {
		if p.Has(id) {
			list = append(list, explain.Pair{Name: name, Value: value})
		}
	}
	add(codec.PropPayloadFormat, "Payload Format Indicator", strconv.Itoa(int(p.PayloadFormat)))
	add(codec.PropMessageExpiry, "Message Expiry Interval", strconv.FormatUint(uint64(p.MessageExpiry), 10))
	add(codec.PropContentType, "Content Type", string(p.ContentType))
	add(codec.PropResponseTopic, "Response Topic", string(p.ResponseTopic))
	add(codec.PropCorrelationData, "Correlation Data", strconv.Quote(string(p.CorrelationData)))
	users := p.UserProperties()
	for key, value, ok := users.Next(); ok; key, value, ok = users.Next() {
		list = append(list, explain.Pair{Name: "User Property " + string(key), Value: string(value)})
	}
	return list
}
