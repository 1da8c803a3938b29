package translate

import "github.com/isthmus-mq/isthmus/codec/nats"

// PublishRetain tells whether the header Mqtt-Retain of a NATS message asks for
// the message to be retained: whether the first one is 1.
func PublishRetain(block []byte) bool {
	if !mentions(block, headerPublishRetain) {
		return false
	}
	headers := nats.IterHeaders(block)
	for key, value, ok := headers.Next(); ok; key, value, ok = headers.Next() {
		if specialOf(key) == publishRetain {
			on, _ := parseFlag(value)
			return on
		}
	}
	return false
}

func parseFlag(value []byte) (on, ok bool) {
	if len(value) != 1 || value[0] != '0' && value[0] != '1' {
		return false, false
	}
	return value[0] == '1', true
}
