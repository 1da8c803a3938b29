package translate

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/codec/nats"
)

// Expiry finds the Message Expiry Interval in the property section of a PUBLISH:
// its seconds, and where in the section they stand, for PutExpiry.
func Expiry(section []byte) (seconds uint32, at int, ok bool) { return mqtt.MessageExpiry(section) }

// PutExpiry writes a Message Expiry Interval into a property section.
func PutExpiry(section []byte, at int, seconds uint32) {
	binary.BigEndian.PutUint32(section[at:], seconds)
}

// ExpiryHeader says which headers tell NATS clients of a Message Expiry Interval.
// The zero value is the default.
type ExpiryHeader uint8

const (
	ExpiryMqtt ExpiryHeader = iota // Mqtt-Expiry
	ExpiryNats                     // Nats-TTL
	ExpiryBoth
)

var expiryHeaders = [...]string{"mqtt", "nats", "both"}

// ParseExpiryHeader reads the option expiry-header; empty is the default.
func ParseExpiryHeader(text string) (ExpiryHeader, error) {
	for i, name := range expiryHeaders {
		if text == name || text == "" {
			return ExpiryHeader(i), nil
		}
	}
	return 0, fmt.Errorf("option expiry-header %q: want one of %q", text, expiryHeaders)
}

// appendExpiry writes them.
func (h ExpiryHeader) appendExpiry(dst []byte, seconds uint32) []byte {
	if h != ExpiryNats {
		dst = append(dst, headerMessageExpiry+": "...)
		dst = append(strconv.AppendUint(dst, uint64(seconds), 10), "\r\n"...)
	}
	if h != ExpiryMqtt && seconds > 0 { // 0 has no TTL: JetStream would keep it for ever
		dst = append(dst, headerNATSTTL+": "...)
		dst = append(strconv.AppendUint(dst, uint64(seconds), 10), "\r\n"...)
	}
	return dst
}

// expiryOf returns the Mqtt-Expiry of a block that counts, which takes precedence
// over Nats-TTL, if there is one.
func expiryOf(block []byte) (seconds uint32, ok bool) {
	if !mentions(block, headerMessageExpiry) {
		return 0, false
	}
	headers := nats.IterHeaders(block)
	for key, value, ok := headers.Next(); ok; key, value, ok = headers.Next() {
		if specialOf(key) == messageExpiry {
			if seconds, ok := parseSeconds(value); ok {
				return seconds, true
			}
		}
	}
	return 0, false
}

// parseLifetime reads the value of Mqtt-Expiry or Nats-TTL, in seconds.
func parseLifetime(kind special, value []byte) (seconds uint32, ok bool) {
	if kind == natsTTL {
		return parseTTL(value)
	}
	return parseSeconds(value)
}

// parseTTL reads a TTL as JetStream does: whole seconds, or a duration of Go, of
// which whole seconds count; one second at least. "never" and 0, which set no
// TTL, are none.
func parseTTL(text []byte) (seconds uint32, ok bool) {
	if n, ok := parseSeconds(text); ok {
		return n, n > 0
	}
	const longest = 32 // bytes of a duration that is worth parsing
	if len(text) == 0 || len(text) > longest {
		return 0, false
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d < time.Second || d/time.Second > math.MaxUint32 {
		return 0, false
	}
	return uint32(d / time.Second), true
}

// parseSeconds reads a decimal number of 32 bits.
func parseSeconds(text []byte) (uint32, bool) {
	const digits = 10
	if len(text) == 0 || len(text) > digits {
		return 0, false
	}
	var n uint64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return uint32(n), n <= math.MaxUint32
}
