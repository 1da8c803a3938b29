package explain

import "strings"

// Subject is where a running server answers: the payload of the request is a
// Question in JSON, that of the answer a Document.
const Subject = "$SYS.REQ.ISTHMUS.EXPLAIN"

// Notation is the protocol in whose words a name is said.
type Notation string

const (
	NATS Notation = "subject"
	MQTT Notation = "topic"
)

// Question asks what would become of a message, or, when the name has wildcards,
// what a filter means.
type Question struct {
	Name     string   `json:"name"`
	Notation Notation `json:"notation,omitempty"` // empty: Guess(Name)
	User     string   `json:"user,omitempty"`     // whose permissions to look at
	// From is the publisher: a client identifier, or the number of a NATS
	// connection (cid). Empty: a client that has no subscriptions.
	From    string   `json:"from,omitempty"`
	QoS     *uint8   `json:"qos,omitempty"`          // 0 to 2; nil: what such a client says by itself
	Retain  bool     `json:"retain,omitempty"`       // the message is to be retained
	Size    int      `json:"payload_size,omitempty"` // bytes
	Headers []string `json:"headers,omitempty"`      // "Key: value", as NATS clients send them
	Limit   int      `json:"limit,omitempty"`        // receivers, and members of each group, to look at; 0: DefaultLimit
}

const (
	// DefaultLimit is a screen or two.
	DefaultLimit = 100
	// MaxLimit bounds the work of one question.
	MaxLimit = 10000
)

// Guess says in which notation a name is: with '/' and without '.' it is a topic.
func Guess(name string) Notation {
	if strings.Contains(name, "/") && !strings.Contains(name, ".") {
		return MQTT
	}
	return NATS
}

// Wildcards tells whether a name is a filter.
func (n Notation) Wildcards(name string) bool {
	if n == MQTT {
		return strings.ContainsAny(name, "+#")
	}
	for token := range strings.SplitSeq(name, ".") {
		if token == "*" || token == ">" {
			return true
		}
	}
	return false
}
