package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/isthmus-mq/isthmus/translate"
)

// Subject is where the service answers.
const Subject = "$SYS.REQ.ISTHMUS.EXPLAIN"

// Question is the payload of a request: JSON, or nothing but the name.
type Question struct {
	Name string `json:"name"`
	// As says what the name is: "subject" of NATS, "topic" of MQTT, or "": a topic
	// if it has a slash and no dot.
	As      string   `json:"as,omitempty"`
	QoS     int      `json:"qos,omitempty"`     // as published
	Retain  bool     `json:"retain,omitempty"`  // as published
	Size    int      `json:"size,omitempty"`    // of the payload, in bytes
	Headers []string `json:"headers,omitempty"` // of NATS, "Key: value" each
	// From is the client that publishes, as Copy.Client spells it: its own
	// subscriptions may be left out.
	From string `json:"from,omitempty"`
	// User is the NATS user who publishes a subject: it decides where mountpoints vary
	// by it. "": whoever asks.
	User string `json:"user,omitempty"`
	// Limit bounds the copies, and the members of each group, that are listed; 0 is
	// DefaultLimit.
	Limit int `json:"limit,omitempty"`

	// mount is the asker's mountpoint; nil: that of the hub, a fixed one.
	mount *translate.Mountpoint
}

const (
	// DefaultLimit is Question.Limit when nothing is said, maxLimit the largest.
	DefaultLimit = 100
	maxLimit     = 10_000
	// maxSize is the largest Question.Size.
	maxSize = 64 << 20
)

// What a name may be.
const (
	AsSubject = "subject"
	AsTopic   = "topic"
)

// parse reads and completes a question.
func parse(payload []byte) (q Question, err error) {
	if text := bytes.TrimSpace(payload); len(text) > 0 && text[0] == '{' {
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&q); err != nil {
			return q, fmt.Errorf("the question is no JSON that I understand: %w", err)
		}
	} else {
		q.Name = string(payload)
	}
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	switch err = q.complete(); {
	case err != nil:
		return q, err
	case q.As != AsSubject && q.As != AsTopic:
		err = fmt.Errorf("as: %q is neither subject nor topic", q.As)
	case q.QoS < 0 || q.QoS > 2:
		err = fmt.Errorf("qos: %d is not 0, 1 or 2", q.QoS)
	case q.Size < 0 || q.Size > maxSize:
		err = fmt.Errorf("size: %d is not between 0 and %d bytes", q.Size, maxSize)
	case q.Limit < 0 || q.Limit > maxLimit:
		err = fmt.Errorf("limit: %d is not between 1 and %d", q.Limit, maxLimit)
	case q.As == AsTopic && q.User != "":
		err = fmt.Errorf("user: MQTT topics are the same for all; say as: subject")
	case q.As == AsTopic && len(q.Headers) > 0:
		err = fmt.Errorf("headers are for publishes of NATS; this is a topic")
	}
	for _, h := range q.Headers {
		if key, _, ok := strings.Cut(h, ":"); err == nil && (!ok || key == "" || strings.ContainsAny(h, "\r\n")) {
			err = fmt.Errorf("header %q is not \"Key: value\"", h)
		}
	}
	return q, err
}

// block is the header block of the question, nil without headers.
func (q *Question) block() []byte {
	if len(q.Headers) == 0 {
		return nil
	}
	b := []byte("NATS/1.0\r\n")
	for _, h := range q.Headers {
		key, value, _ := strings.Cut(h, ":")
		b = append(append(append(append(b, key...), ": "...), strings.TrimSpace(value)...), "\r\n"...)
	}
	return append(b, "\r\n"...)
}
