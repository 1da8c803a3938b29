package soak

import (
	"cmp"
	"slices"
	"strings"
)

// Filter is a subscription's filter of either protocol. Names of the soak hold
// nothing that needs escaping, so levels are tokens.
type Filter struct {
	levels []string // '*' for one level, without the tail
	tail   tail
}

type tail byte

const (
	noTail     tail = iota
	oneOrMore       // NATS >
	zeroOrMore      // MQTT #
)

// NATSFilter reads a NATS subject with wildcards.
func NATSFilter(s string) Filter {
	levels := strings.Split(s, ".")
	if last := len(levels) - 1; levels[last] == ">" {
		return Filter{levels[:last], oneOrMore}
	}
	return Filter{levels, noTail}
}

// MQTTFilter reads a topic filter.
func MQTTFilter(s string) Filter {
	levels := strings.Split(s, "/")
	for i := range levels {
		if levels[i] == "+" {
			levels[i] = "*"
		}
	}
	if last := len(levels) - 1; levels[last] == "#" {
		return Filter{levels[:last], zeroOrMore}
	}
	return Filter{levels, noTail}
}

// Matches tells whether f lets a subject through.
func (f Filter) Matches(subject string) bool {
	levels := strings.Split(subject, ".")
	if len(levels) < len(f.levels) {
		return false
	}
	for i, want := range f.levels {
		if want != "*" && want != levels[i] {
			return false
		}
	}
	switch more := len(levels) - len(f.levels); f.tail {
	case oneOrMore:
		return more > 0
	case zeroOrMore:
		return true
	default:
		return more == 0
	}
}

// Same tells whether two filters are one in the rule of groups: > and # are not
// told apart.
func (f Filter) Same(g Filter) bool {
	return slices.Equal(f.levels, g.levels) && (f.tail == noTail) == (g.tail == noTail)
}

// Canonical spells f for NATS, with > for either tail.
func (f Filter) Canonical() string {
	levels := f.levels
	if f.tail != noTail {
		levels = append(slices.Clone(levels), ">")
	}
	return strings.Join(levels, ".")
}

// Compare puts filters in the order in which groups choose: by the bytes of
// their canonical levels, and of equal ones that without a tail first.
func (f Filter) Compare(g Filter) int {
	return cmp.Or(strings.Compare(strings.Join(f.levels, "."), strings.Join(g.levels, ".")), cmp.Compare(f.tail, g.tail))
}

// topicOf is the topic of a subject without wildcards.
func topicOf(subject string) string { return strings.ReplaceAll(subject, ".", "/") }

// subjectOf is the subject of a topic.
func subjectOf(topic string) string { return strings.ReplaceAll(topic, "/", ".") }
