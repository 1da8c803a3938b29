package translate

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
)

// A gateway reply is the reply subject that a NATS client gets with a request
// from MQTT whose answer it could not address by itself: the subject carries
// the Response Topic and the Correlation Data, so that a plain reply brings
// both back and the gateway remembers nothing.
//
//	_ISTHMUS.R.<base64url of: version, MAC (8), length of topic (2), topic, correlation>
const (
	gatewayReplyPrefix  = "_ISTHMUS.R."
	gatewayReplyVersion = 1
	macSize             = 8
	gatewayReplyHead    = 1 + macSize + 2

	// MaxGatewayReply is the longest gateway reply in bytes. What does not fit
	// gets none.
	MaxGatewayReply = 1024
	// MinReplyKey is the shortest key in bytes.
	MinReplyKey = 16
)

// gatewayReplyText is strict, so that a reply has one spelling only.
var gatewayReplyText = base64.RawURLEncoding.Strict()

// IsGatewayReply tells whether a subject claims to be a gateway reply.
func IsGatewayReply(subject []byte) bool {
	return len(subject) > len(gatewayReplyPrefix) && subject[0] == '_' &&
		bytes.HasPrefix(subject, []byte(gatewayReplyPrefix))
}

// GatewayReplies makes and opens gateway replies. It has scratch of its own and
// is not safe for concurrent use; any number of them may share a key.
type GatewayReplies struct {
	mac  hash.Hash
	sum  []byte
	made []byte
	open []byte
}

// NewGatewayReplies returns a maker for a key of at least MinReplyKey bytes:
// only who knows the key makes replies that open.
func NewGatewayReplies(key []byte) *GatewayReplies {
	return &GatewayReplies{mac: hmac.New(sha256.New, key)}
}

// Append appends the gateway reply for a Response Topic and Correlation Data;
// not ok when it would be too long.
func (g *GatewayReplies) Append(dst, topic, correlation []byte) ([]byte, bool) {
	size := gatewayReplyHead + len(topic) + len(correlation)
	if len(gatewayReplyPrefix)+gatewayReplyText.EncodedLen(size) > MaxGatewayReply {
		return dst, false
	}
	b := append(g.made[:0], make([]byte, gatewayReplyHead)...)
	b[0] = gatewayReplyVersion
	b[1+macSize], b[2+macSize] = byte(len(topic)>>8), byte(len(topic))
	b = append(append(b, topic...), correlation...)
	g.made = b
	copy(b[1:], g.sign(b))
	return gatewayReplyText.AppendEncode(append(dst, gatewayReplyPrefix...), b), true
}

// Open returns what a gateway reply carries; not ok when it was not made with
// this key. Both slices are valid until the next Open.
func (g *GatewayReplies) Open(subject []byte) (topic, correlation []byte, ok bool) {
	if !IsGatewayReply(subject) || len(subject) > MaxGatewayReply {
		return nil, nil, false
	}
	b, err := gatewayReplyText.AppendDecode(g.open[:0], subject[len(gatewayReplyPrefix):])
	g.open = b
	if err != nil || len(b) < gatewayReplyHead || b[0] != gatewayReplyVersion {
		return nil, nil, false
	}
	if !hmac.Equal(g.sign(b), b[1:1+macSize]) {
		return nil, nil, false
	}
	rest := b[gatewayReplyHead:]
	n := int(b[1+macSize])<<8 | int(b[2+macSize])
	if n > len(rest) {
		return nil, nil, false
	}
	return rest[:n:n], rest[n:], true
}

// sign returns the MAC of everything in b but the MAC itself.
func (g *GatewayReplies) sign(b []byte) []byte {
	g.mac.Reset()
	g.mac.Write(b[:1])
	g.mac.Write(b[1+macSize:])
	g.sum = g.mac.Sum(g.sum[:0])
	return g.sum[:macSize]
}
