package translate

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
)

// A gateway reply is the reply subject that a NATS client gets with a request
// from MQTT whose answer it could not address by itself: the subject carries
// the Response Topic and the Correlation Data, so that a plain reply brings
// both back and the gateway remembers nothing.
//
//	_ISTHMUS.R.<base64url of: 1, MAC (8), length of topic (2), topic, correlation>
//
// What is too long for that is remembered, and the subject carries a handle.
//
//	_ISTHMUS.R.<base64url of: 2, MAC (8), handle (8)>
const (
	gatewayReplyPrefix = "_ISTHMUS.R."
	gatewayReplyWhole  = 1
	gatewayReplyHandle = 2
	macSize            = 8
	gatewayReplyHead   = 1 + macSize + 2
	handleEnd          = 1 + macSize + 8

	// MaxGatewayReply is the longest gateway reply in bytes.
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

// ReplyToken returns what tells a gateway reply from others, not ok when the subject
// is none; it can be a level of a topic. AppendReplyOfToken is the way back.
func ReplyToken(subject []byte) (token []byte, ok bool) {
	if !IsGatewayReply(subject) {
		return nil, false
	}
	return subject[len(gatewayReplyPrefix):], true
}

// AppendReplyOfToken appends the gateway reply of a token.
func AppendReplyOfToken(dst, token []byte) []byte {
	return append(append(dst, gatewayReplyPrefix...), token...)
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
	b[0] = gatewayReplyWhole
	b[1+macSize], b[2+macSize] = byte(len(topic)>>8), byte(len(topic))
	b = append(append(b, topic...), correlation...)
	return g.seal(dst, b), true
}

// AppendHandle appends the gateway reply for what the caller remembers under
// handle.
func (g *GatewayReplies) AppendHandle(dst []byte, handle uint64) []byte {
	b := append(g.made[:0], make([]byte, 1+macSize)...)
	b[0] = gatewayReplyHandle
	return g.seal(dst, binary.BigEndian.AppendUint64(b, handle))
}

func (g *GatewayReplies) seal(dst, b []byte) []byte {
	g.made = b
	copy(b[1:], g.sign(b))
	return gatewayReplyText.AppendEncode(append(dst, gatewayReplyPrefix...), b)
}

// GatewayReply is what a gateway reply carries: a Response Topic and
// Correlation Data, or, when Topic is nil, a handle.
type GatewayReply struct {
	Topic, Correlation []byte
	Handle             uint64
}

// Open returns what a gateway reply carries; not ok when it was not made with
// this key. The slices are valid until the next Open.
func (g *GatewayReplies) Open(subject []byte) (r GatewayReply, ok bool) {
	if !IsGatewayReply(subject) || len(subject) > MaxGatewayReply {
		return r, false
	}
	b, err := gatewayReplyText.AppendDecode(g.open[:0], subject[len(gatewayReplyPrefix):])
	g.open = b
	if err != nil || len(b) < gatewayReplyHead || !hmac.Equal(g.sign(b), b[1:1+macSize]) {
		return r, false
	}
	if b[0] == gatewayReplyHandle {
		if len(b) != handleEnd {
			return r, false
		}
		return GatewayReply{Handle: binary.BigEndian.Uint64(b[1+macSize:])}, true
	}
	rest := b[gatewayReplyHead:]
	n := int(b[1+macSize])<<8 | int(b[2+macSize])
	if b[0] != gatewayReplyWhole || n > len(rest) {
		return r, false
	}
	return GatewayReply{Topic: rest[:n:n], Correlation: rest[n:]}, true
}

// sign returns the MAC of everything in b but the MAC itself.
func (g *GatewayReplies) sign(b []byte) []byte {
	g.mac.Reset()
	g.mac.Write(b[:1])
	g.mac.Write(b[1+macSize:])
	g.sum = g.mac.Sum(g.sum[:0])
	return g.sum[:macSize]
}
