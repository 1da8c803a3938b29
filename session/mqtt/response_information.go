package mqtt

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
)

// clientIDMark stands for the client identifier in Policy.ResponseInformation.
const clientIDMark = "${clientid}"

// appendResponseInformation appends the property for a client that has asked for
// it (§3.2.2.3.15), unless its identifier makes no part of a topic name.
func (p *Policy) appendResponseInformation(properties []byte, id string) []byte {
	if p.ResponseInformation == "" {
		return properties
	}
	topic := strings.ReplaceAll(p.ResponseInformation, clientIDMark, id)
	if len(topic) > codec.MaxString || !publishable(topic) {
		return properties
	}
	return codec.AppendStringProperty(properties, codec.PropResponseInformation, topic)
}

// publishable tells whether topics that begin with this can be published to.
func publishable(prefix string) bool {
	topic := []byte(prefix)
	return codec.ValidTopic(topic) && topic[0] != '$' && !below(bytes.TrimSuffix(topic, slash), gatewayTopic)
}

// CheckWords says which of the texts that clients are told cannot be.
func (p *Policy) CheckWords() error {
	information := strings.ReplaceAll(p.ResponseInformation, clientIDMark, "x")
	switch {
	case information != "" && (!publishable(information) || !plainText(information)):
		return fmt.Errorf("response-information: nobody could publish to topics that begin with %q", information)
	case strings.Contains(information, "${"):
		return fmt.Errorf("response-information: there is no template but %s", clientIDMark)
	case len(p.ServerReference) > codec.MaxString, !plainText(p.ServerReference):
		return fmt.Errorf("server-reference: %q is not a text for clients", p.ServerReference)
	}
	return nil
}

// plainText tells whether no client refuses a text.
func plainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
