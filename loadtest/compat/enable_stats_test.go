package e2e

import (
	"testing"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// What each client sends and gets is told, or not; the sums always are.
func TestEnableStats(t *testing.T) {
	for flag, want := range map[string]int64{"--enable-stats": 3, "--enable-stats=false": 0} {
		t.Run(flag, func(t *testing.T) {
			s := start(t, flag)
			nc := s.natsClient(t, nats.Name("sender"))
			all := subscribe(t, nc, "a")
			for range 3 {
				must(t, nc.Publish("a", []byte("x")))
				nextText(t, all, "a", "x")
			}
			asker := s.natsClient(t)
			page := ask[natsd.ServerAPIConnzResponse](t, asker, "SERVER.PING.CONNZ", `{"subscriptions_detail":true,"sort":"cid"}`).Data
			found := false
			for _, c := range page.Conns {
				if c.Name != "sender" {
					continue
				}
				found = true
				if c.InMsgs != want || c.OutMsgs != want || c.InBytes != want || c.SubsDetail[0].Msgs != want {
					t.Errorf("%d in, %d out, %d bytes, %d by subscription, want %d", c.InMsgs, c.OutMsgs, c.InBytes, c.SubsDetail[0].Msgs, want)
				}
			}
			if !found {
				t.Errorf("the sender is not among %d connections", len(page.Conns))
			}
			if sum := ask[natsd.ServerAPIVarzResponse](t, asker, "SERVER.PING.VARZ", "").Data; sum.InMsgs < 3 {
				t.Errorf("%d messages in all", sum.InMsgs)
			}
		})
	}
}
