package translate

import (
	"encoding/binary"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// Expiry finds the Message Expiry Interval in the property section of a PUBLISH:
// its seconds, and where in the section they stand, for PutExpiry.
func Expiry(section []byte) (seconds uint32, at int, ok bool) { return mqtt.MessageExpiry(section) }

// PutExpiry writes a Message Expiry Interval into a property section.
func PutExpiry(section []byte, at int, seconds uint32) {
	binary.BigEndian.PutUint32(section[at:], seconds)
}
