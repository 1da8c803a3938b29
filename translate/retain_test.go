package translate

import "testing"

func TestPublishRetain(t *testing.T) {
	for block, want := range map[string]bool{
		"":                                   false,
		"NATS/1.0\r\n\r\n":                   false,
		"NATS/1.0\r\nMqtt-Retain: 1\r\n\r\n": true,
		"NATS/1.0\r\nA-B: x\r\nmqtt-retain:1\r\n\r\n":             true,
		"NATS/1.0\r\nMqtt-Retain: 0\r\nMqtt-Retain: 1\r\n\r\n":    false,
		"NATS/1.0\r\nMqtt-Retain: true\r\nMqtt-Retain: 1\r\n\r\n": false,
		"NATS/1.0\r\nMqtt-Retained: 1\r\n\r\n":                    false,
		"NATS/1.0\r\nX: Mqtt-Retain: 1\r\n\r\n":                   false,
	} {
		if got := PublishRetain([]byte(block)); got != want {
			t.Errorf("%q: %v", block, got)
		}
	}
}
