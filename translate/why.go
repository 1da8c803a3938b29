package translate

import (
	"bytes"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// WhyNoTopic says to people why AppendTopic refuses a subject; empty when it does
// not.
func (n Names) WhyNoTopic(subject []byte) string {
	if _, ok := n.AppendTopic(nil, subject); ok {
		return ""
	}
	for token := range bytes.SplitSeq(subject, dots) {
		switch {
		case len(token) == 0:
			return "it has an empty token; the empty level of a topic is the token /"
		case isWildcard(token):
			return "it has the token " + string(token) + ", which is a wildcard; a level that reads so is the token /" + string(token)
		}
		if why := n.whyNoLevel(token); why != "" {
			return why
		}
	}
	if plain, _ := (Names{mode: n.mode}).AppendTopic(nil, subject); len(plain) > 0 {
		return "it holds characters for which MQTT clients may close the connection (control characters, noncharacters)"
	}
	if len(subject) > mqtt.MaxString {
		return "it is longer than MQTT's 65535 bytes"
	}
	return "it is not UTF-8"
}

// whyNoLevel says why a token is no level; empty when it may be one.
func (n Names) whyNoLevel(token []byte) string {
	for i := 0; i < len(token); i++ {
		switch c := token[i]; {
		case c == '+' || c == '#':
			return "it holds " + string(c) + ", which topics cannot"
		case classes[c] == blank || classes[c] == control:
			return "it holds a blank or control character, which NATS subjects cannot"
		case c != '/':
		case n.mode == ModeEMQX:
			return "it holds /, which separates levels in topics"
		case len(token) == 1 || i == 0 && len(token) == 2 && isWildcard(token[1:]):
			return ""
		default:
			_, size := unescape(token[i:])
			if size == 0 {
				return "it holds a / that begins no escape: // is a dot, /_ a blank, /x09 a control character, and / alone an empty level"
			}
			i += size - 1
		}
	}
	return ""
}

// WhyNoSubject says to people why AppendSubject refuses a legal topic; empty when
// it does not.
func (n Names) WhyNoSubject(topic []byte) string {
	if _, ok := n.AppendSubject(nil, topic); ok {
		return ""
	}
	if len(topic) == 0 {
		return "it is empty"
	}
	return "naming mode emqx has none for it: it has an empty level, a blank or control character, or a level that is * or >"
}
