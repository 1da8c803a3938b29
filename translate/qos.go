package translate

import (
	"bytes"
	"strings"

	"github.com/isthmus-mq/isthmus/codec/nats"
)

// PublishQoS returns the quality of service that the header Mqtt-Qos of a NATS
// message asks for: that of the first one if it is 0, 1 or 2, and otherwise
// usual.
func PublishQoS(block []byte, usual uint8) uint8 {
	if !mentions(block, headerPublishQoS) {
		return usual
	}
	headers := nats.IterHeaders(block)
	for key, value, ok := headers.Next(); ok; key, value, ok = headers.Next() {
		if specialOf(key) == publishQoS {
			if qos, ok := parseQoS(value); ok {
				return qos
			}
			return usual
		}
	}
	return usual
}

// mentions tells whether a key may be in a block, in any case: by the '-' in
// it, since most blocks have few.
func mentions(block []byte, key string) bool {
	dash := strings.IndexByte(key, '-')
	for at := 0; ; {
		n := bytes.IndexByte(block[at:], '-')
		if n < 0 {
			return false
		}
		at += n
		if at >= dash && hasPrefixFold(block[at-dash:], key) {
			return true
		}
		at++
	}
}

func parseQoS(value []byte) (qos uint8, ok bool) {
	if len(value) != 1 || value[0] < '0' || value[0] > '2' {
		return 0, false
	}
	return value[0] - '0', true
}
