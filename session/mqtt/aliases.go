package mqtt

import (
	"bytes"

	codec "github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
)

// aliases are the topic aliases of one connection, in both directions
// (§3.3.2.3.4). They die with it [MQTT-3.3.2-7].
type aliases struct {
	heard [][]byte          // topics by alias - 1, as the client has set them
	told  map[string]uint16 // aliases by topic, as the client has been told
	most  uint16            // so many may be told
}

// worthAlias is the length from which on a topic is given an alias, in bytes:
// the alias itself takes 3.
const worthAlias = 4

// heardAlias gives a PUBLISH its topic, which an alias may stand for or be set
// by. It may be used again and again for one packet.
func (s *Session) heardAlias(p *codec.Packet) (topic []byte, why reason.ID) {
	alias := int(p.Properties.TopicAlias)
	if alias == 0 || alias > int(s.lane.opts.MaxTopicAlias) {
		return nil, reason.TopicAliasInvalid // [MQTT-3.3.2-8,-9]
	}
	if s.aliases == nil {
		s.aliases = new(aliases)
	}
	a := s.aliases
	if len(p.Topic) == 0 {
		if alias > len(a.heard) || a.heard[alias-1] == nil {
			return nil, reason.ProtocolError
		}
		return a.heard[alias-1], reason.None
	}
	for len(a.heard) < alias {
		a.heard = append(a.heard, nil)
	}
	if !bytes.Equal(a.heard[alias-1], p.Topic) {
		a.heard[alias-1] = bytes.Clone(p.Topic)
	}
	return p.Topic, reason.None
}

// mayTell prepares for telling the client up to most aliases.
func (s *Session) mayTell(most uint16) {
	if most > 0 {
		s.aliases = &aliases{most: most, told: make(map[string]uint16)}
	}
}

// wording is how a PUBLISH to one client begins: it may share its topic and
// properties with that to others, but for an alias and subscription identifiers.
type wording struct {
	topic      []byte
	properties []byte
	fresh      uint16 // the alias that this PUBLISH sets; 0: none
}

// word finds the wording for a client of 5.0. ids are properties of their own,
// which come last. The result lives in the lane's scratch.
func word[B ~string | ~[]byte](s *Session, topic, properties []byte, ids B) (w wording) {
	l, a := s.lane, s.aliases
	w.topic, w.properties = topic, properties
	telling := a != nil && a.most > 0 && len(topic) >= worthAlias
	if !telling && len(ids) == 0 {
		return w
	}
	l.section = append(append(l.section[:0], properties...), ids...)
	if telling {
		alias, known := a.told[string(topic)]
		switch {
		case known:
			w.topic = nil
		case len(a.told) < int(a.most):
			alias = uint16(len(a.told)) + 1
			w.fresh = alias
		}
		if alias != 0 {
			l.section = codec.AppendUint16Property(l.section, codec.PropTopicAlias, alias)
		}
	}
	w.properties = l.section
	return w
}

// tell notes that a PUBLISH has set an alias.
func (a *aliases) tell(topic []byte, alias uint16) { a.told[string(topic)] = alias }
