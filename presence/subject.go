package presence

import (
	"strings"

	"github.com/isthmus-mq/isthmus/hub"
)

// appendSubject appends the canonical subject of an event.
func appendSubject(dst []byte, clientID, event string) []byte {
	dst = append(dst, hub.EventsRoot...)
	dst = append(dst, ".client."...)
	dst = appendLevel(dst, clientID)
	dst = append(dst, '.')
	return append(dst, event...)
}

const (
	hex = "0123456789ABCDEF"
	// besides are the signs that stand for themselves beside letters and digits:
	// none of them separates levels or is a wildcard in either protocol.
	besides = "-_~:@="
)

// appendLevel appends any text but the empty one as one level, which is the same in topics and
// subjects and in both naming modes: bytes other than ASCII letters, digits and
// a few signs as %XX, as in a URL.
func appendLevel(dst []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(besides, c) >= 0:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
