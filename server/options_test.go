package server

import (
	"strings"
	"testing"
	"time"
)

// started tells what Start says to options, with nothing listened to.
func started(t *testing.T, change func(*Options)) error {
	t.Helper()
	o := Defaults()
	o.NATS, o.MQTT, o.Lanes = "", "", 1
	change(&o)
	s, err := Start(o)
	if err != nil {
		return err
	}
	return s.Shutdown(t.Context())
}

// A mountpoint does not lead to where the server itself publishes.
func TestMountpointsThatCannotBe(t *testing.T) {
	for mountpoint, ok := range map[string]bool{"$SYS/": false, "$SYS/broker/": false, "$events/x/": false, "$SYSTEM/": true, "dev/$events/": true} {
		err := started(t, func(o *Options) { o.Mountpoint = mountpoint })
		if (err == nil) != ok {
			t.Errorf("%s: %v", mountpoint, err)
		}
	}
}

// Options that make no sense, that no kernel takes, or that would cut clients
// that are well, are refused by the name of their flag.
func TestOptionsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		flag   string
		change func(*Options)
	}{
		{"presence", func(o *Options) { o.Presence = "all" }},
		{"sys-interval", func(o *Options) { o.SysInterval = time.Millisecond }},
		{"max-conn-rate", func(o *Options) { o.MaxConnRate = -1 }},
		{"max-handshakes", func(o *Options) { o.MaxHandshakes = 0 }},
		{"connect-timeout", func(o *Options) { o.ConnectTimeout = time.Millisecond }},
		{"max-message-expiry", func(o *Options) { o.MaxMessageExpiry = time.Millisecond }},
		{"max-retained-size", func(o *Options) { o.MaxRetainedSize = -1 }},
		{"max-topic-length", func(o *Options) { o.Policy.MaxTopicLength = 0 }},
		{"max-user-properties", func(o *Options) { o.Policy.MaxUserProperties = -1 }},
		{"retained-rate", func(o *Options) { o.Policy.RetainedRate = -1 }},
		{"response-information", func(o *Options) { o.Policy.ResponseInformation = "replies/+/" }},
		{"response-information", func(o *Options) { o.Policy.ResponseInformation = "$SYS/${clientid}/" }},
		{"response-information", func(o *Options) { o.Policy.ResponseInformation = "a/${username}/" }},
		{"server-reference", func(o *Options) { o.Policy.ServerReference = "a:1883\nb:1883" }},
		{"flush", func(o *Options) { o.Flush = "sometimes" }},
		{"heartbeat-wait", func(o *Options) { o.HeartbeatWait = time.Millisecond }},
		{"idle-timeout", func(o *Options) { o.IdleTimeout = -time.Second }},
		{"client-advertise", func(o *Options) { o.ClientAdvertise = []string{"a.example:4222", "b.example"} }},
		{"client-advertise", func(o *Options) { o.ClientAdvertise = []string{":4222"} }},
		{"client-advertise", func(o *Options) { o.ClientAdvertise = []string{"a.example:0"} }},
		{"lame-duck-grace", func(o *Options) { o.LameDuckGrace = -time.Second }},
		{"lame-duck-duration", func(o *Options) { o.LameDuckDuration = -time.Second }},
		{"max-control-line", func(o *Options) { o.MaxControlLine = 65536 }},
		{"max-control-line", func(o *Options) { o.MaxControlLine = 100 }},
		{"max-subject-tokens", func(o *Options) { o.MaxSubjectTokens = -1 }},
		{"listen-backlog", func(o *Options) { o.TCP.Backlog = -1 }},
		{"tcp-defer-accept", func(o *Options) { o.TCP.DeferAccept = 500 * time.Millisecond }},
		{"tcp-defer-accept", func(o *Options) { o.TCP.DeferAccept = time.Hour }},
		{"tcp-keep-alive", func(o *Options) { o.TCP.KeepAlive = time.Millisecond }},
		{"tcp-keep-alive", func(o *Options) { o.TCP.KeepAlive = 24 * time.Hour }},
		{"tcp-receive-buffer", func(o *Options) { o.TCP.ReceiveBuffer = 100 }},
		{"tcp-send-buffer", func(o *Options) { o.TCP.SendBuffer = -1 }},
		{"tcp-user-timeout", func(o *Options) { o.TCP.UserTimeout = 10 * time.Millisecond }},
	} {
		if err := started(t, c.change); err == nil || !strings.Contains(err.Error(), c.flag) {
			t.Errorf("%s: the error is %v", c.flag, err)
		}
	}
}

func TestOptionsOfSocketsThatCanBe(t *testing.T) {
	err := started(t, func(o *Options) {
		o.Flush = "deferred"
		o.TCP.Backlog, o.TCP.SendBuffer, o.TCP.ReceiveBuffer = 1, 4<<10, 1<<20
		o.TCP.DeferAccept, o.TCP.KeepAlive, o.TCP.UserTimeout = time.Second, time.Minute, time.Minute
	})
	if err != nil {
		t.Error(err)
	}
}
