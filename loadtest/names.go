package loadtest

import (
	"fmt"
	"strings"

	"github.com/isthmus-mq/isthmus/loadtest/client"
)

var (
	toSubject = strings.NewReplacer("/", ".", "+", "*", "#", ">")
	toTopic   = strings.NewReplacer(".", "/", "*", "+", ">", "#")
)

// named returns text, a topic or subject or a filter in either protocol's form,
// in the form of p. A text with a slash is a topic, any other a subject.
func named(text string, p client.Protocol) (string, error) {
	isTopic := strings.Contains(text, "/") || !strings.Contains(text, ".") && strings.ContainsAny(text, "+#")
	switch {
	case p == client.NATS && isTopic:
		if strings.ContainsAny(text, ". ") {
			return "", fmt.Errorf("topic %q cannot simply be written as a NATS subject: it has a dot or a blank", text)
		}
		return toSubject.Replace(text), nil
	case p == client.MQTT && !isTopic:
		return toTopic.Replace(text), nil
	}
	return text, nil
}

// matches reports whether a filter of MQTT matches a topic of MQTT.
func matches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, level := range f {
		switch {
		case level == "#":
			return true
		case i == len(t) || level != "+" && level != t[i]:
			return false
		}
	}
	return len(f) == len(t)
}
