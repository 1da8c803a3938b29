package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/nats-io/nats.go"
)

// receipt is what a test reads of the body.
type receipt struct {
	Reason                string
	Matched, Acknowledged int
	Unacknowledged        int
	Clients               []struct {
		Client  string
		Code    int `json:"reason_code"`
		Dropped string
	}
}

// askReceipt publishes with QoS 1 by nats.go's Request and reads the receipt.
func askReceipt(t *testing.T, nc *nats.Conn, kind, wait, subject string) (code string, r receipt) {
	t.Helper()
	m := withQoS("1", subject, "hi")
	m.Header.Set("Mqtt-Receipt", kind)
	if wait != "" {
		m.Header.Set("Mqtt-Receipt-Wait", wait)
	}
	answer, err := nc.RequestMsg(m, patience)
	must(t, err)
	must(t, json.Unmarshal(answer.Data, &r))
	return answer.Header.Get("Mqtt-Reason-Code"), r
}

// The publisher learns for whom a message was accepted, what the devices answered,
// and, from NATS's own 503, that there is nobody.
func TestReceiptsOfDeliveryToDevices(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t)
		a, b := s.mqtt5(t), s.mqtt3(t, 4)
		a.subscribe1(t, "cmd/all")
		b.subscribe(t, "cmd/+", 1)
		if code, r := askReceipt(t, nc, "routed", "", "cmd.all"); code != "0" || r.Matched != 2 || r.Reason != "success" {
			t.Errorf("routed: code %s, %+v", code, r)
		}
		code, r := askReceipt(t, nc, "device", "", "cmd.all")
		if code != "0" || r.Acknowledged != 2 || r.Unacknowledged != 0 || len(r.Clients) != 2 {
			t.Errorf("device: code %s, %+v", code, r)
		}
		m := withQoS("1", "nobody.there", "hi")
		m.Header.Set("Mqtt-Receipt", "device")
		if _, err := nc.RequestMsg(m, patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// A device that does not answer is told apart from one that is away for good.
func TestReceiptsOfDevicesThatDoNotAnswer(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t)
		away := s.mqtt5(t, stays("sleeper", 60))
		away.subscribe1(t, "cmd/sleeper")
		must(t, away.Disconnect(&paho5.Disconnect{}))
		eventually(t, "the session to be alone", func() bool {
			code, r := askReceipt(t, nc, "device", "1", "cmd.sleeper")
			return code == "0" && r.Unacknowledged == 1 && r.Acknowledged == 0
		})
		m := withQoS("1", "cmd.sleeper", "last")
		m.Header.Set("Mqtt-Receipt", "device")
		m.Header.Set("Mqtt-Receipt-Wait", "30s")
		answer := make(chan receipt, 1)
		inbox := nc.NewRespInbox()
		_, err := nc.Subscribe(inbox, func(m *nats.Msg) {
			var r receipt
			if json.Unmarshal(m.Data, &r) == nil {
				answer <- r
			}
		})
		must(t, err)
		m.Reply = inbox
		must(t, nc.PublishMsg(m))
		must(t, nc.Flush())
		s.mqtt5(t, stays("sleeper", 60))
		if r := next(t, answer, "the receipt"); r.Acknowledged != 1 || len(r.Clients) != 1 || r.Clients[0].Client != "sleeper" {
			t.Errorf("after it came back: %+v", r)
		}
	})
}

// A TTL of NATS is the Message Expiry Interval, and the other way round as the
// option says.
func TestNatsTTLIsTheMessageExpiryInterval(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc, c := s.natsClient(t), s.mqtt5(t)
		c.subscribe(t, "t")
		m := nats.NewMsg("t")
		m.Header.Set("Nats-TTL", "1m30s")
		must(t, nc.PublishMsg(m))
		if p := c.nextText(t, "t", "").Properties; p.MessageExpiry == nil || *p.MessageExpiry != 90 {
			t.Errorf("expiry %v", p.MessageExpiry)
		}
		in, seconds := subscribe(t, nc, "back"), uint32(60)
		_, err := c.Publish(context.Background(), &paho5.Publish{Topic: "back", Properties: &paho5.PublishProperties{MessageExpiry: &seconds}})
		must(t, err)
		if got := nextText(t, in, "back", "").Header; got.Get("Nats-TTL") != "60" || got.Get("Mqtt-Expiry") != "60" {
			t.Errorf("headers %v", got)
		}
	}, "--expiry-header", "both")
}

// Mosquitto's subscriber as the device, and its publisher for what is retained.
func TestReceiptsAndRetainedMessagesWithMosquitto(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		nc := s.natsClient(t)
		for _, version := range []string{"mqttv311", "mqttv5"} {
			subject := "mosq." + version
			sub := s.spawn(t, "mosquitto_sub", "-V", version, "-i", version, "-q", "1", "-t", "mosq/"+version, "-C", "2")
			s.awaitInterest(t, subject)
			if code, r := askReceipt(t, nc, "device", "", subject); code != "0" || r.Acknowledged != 1 || r.Clients[0].Client != version {
				t.Errorf("%s: code %s, %+v", version, code, r)
			}
			sub.wait(t)
			s.call(t, "mosquitto_pub", "-V", version, "-r", "-q", "1", "-t", "kept/"+version, "-m", "last value")
			in := subscribe(t, nc, "kept."+version)
			if m := nextText(t, in, "kept."+version, "last value"); m.Header.Get("Mqtt-Replay") != "1" {
				t.Errorf("headers %v", m.Header)
			}
		}
	}, "--nats-retained")
}
