package translate

import "testing"

func TestAppendReplay(t *testing.T) {
	for _, c := range []struct {
		block   string
		expires bool
		header  ExpiryHeader
		want    string
	}{
		{"", false, ExpiryMqtt, "NATS/1.0\r\nMqtt-Retain: 1\r\nMqtt-Replay: 1\r\n\r\n"},
		{"", true, ExpiryMqtt, "NATS/1.0\r\nMqtt-Retain: 1\r\nMqtt-Expiry: 5\r\nMqtt-Replay: 1\r\n\r\n"},
		{"NATS/1.0\r\nmqtt-retain: 1\r\nK: v\r\n\r\n", false, ExpiryMqtt, "NATS/1.0\r\nmqtt-retain: 1\r\nK: v\r\nMqtt-Replay: 1\r\n\r\n"},
		{"NATS/1.0\r\nNats-TTL: 9\r\nK: v\r\nMqtt-Expiry: 9\r\n\r\n", true, ExpiryBoth, "NATS/1.0\r\nK: v\r\nMqtt-Retain: 1\r\nMqtt-Expiry: 5\r\nNats-TTL: 5\r\nMqtt-Replay: 1\r\n\r\n"},
		{"NATS/1.0\r\nNats-TTL: 9\r\n\r\n", true, ExpiryNats, "NATS/1.0\r\nMqtt-Retain: 1\r\nNats-TTL: 5\r\nMqtt-Replay: 1\r\n\r\n"},
		{"NATS/1.0 100 Idle\r\n\r\n", false, ExpiryMqtt, "NATS/1.0 100 Idle\r\nMqtt-Retain: 1\r\nMqtt-Replay: 1\r\n\r\n"},
		{"garbage", true, ExpiryMqtt, "garbage"},
		{"NATS/1.0\r\nK: v\r\n", false, ExpiryMqtt, "NATS/1.0\r\nK: v\r\n"},
	} {
		if got := (Crossing{Expiry: c.header}).AppendReplay(nil, []byte(c.block), 5, c.expires); string(got) != c.want {
			t.Errorf("%q: %q, want %q", c.block, got, c.want)
		}
	}
}
