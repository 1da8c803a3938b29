package translate

import (
	"bytes"

	"github.com/isthmus-mq/isthmus/codec/nats"
)

// headerReplay marks what is sent because it is retained, not because it has just
// been published.
const headerReplay = "Mqtt-Replay"

// AppendReplay appends the header block of a retained message as NATS clients get
// it when they subscribe or ask: block, with the lifetime that is left in the place
// of the one that it was published with, if it expires, and marked. A block that
// does not end as one should is appended as it is.
func (c Crossing) AppendReplay(dst, block []byte, seconds uint32, expires bool) []byte {
	switch lines, whole := bytes.CutSuffix(block, crlf); {
	case len(block) == 0:
		dst = nats.AppendHeaderStart(dst)
	case !whole || !bytes.HasSuffix(lines, crlf):
		return append(dst, block...)
	case expires:
		for line := range bytes.SplitAfterSeq(lines, crlf) {
			key, _, _ := bytes.Cut(line, colons)
			if kind := specialOf(key); kind != messageExpiry && kind != natsTTL {
				dst = append(dst, line...)
			}
		}
	default:
		dst = append(dst, lines...)
	}
	if !PublishRetain(block) {
		dst = append(dst, headerPublishRetain+": 1\r\n"...)
	}
	if expires {
		dst = c.Expiry.appendExpiry(dst, seconds)
	}
	dst = append(dst, headerReplay+": 1\r\n"...)
	return nats.AppendHeaderEnd(dst)
}

var crlf, colons = []byte("\r\n"), []byte{':'}
