package session_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
	"github.com/isthmus-mq/isthmus/reason"
)

// converse lets a client send lines of a transcript.
func converse(t *testing.T, g *gateway, c *client, lines ...string) {
	t.Helper()
	for _, line := range lines {
		b, err := speak(c, line, false)
		if err != nil {
			t.Fatal(err)
		}
		g.send(c, b)
	}
}

// A session whose messages have expired while it was away goes on with the one
// behind them, however many they are: nobody else would wake it.
func TestExpiredBacklogDoesNotHoldUpWhatFollows(t *testing.T) {
	const expired = 9000 // more than twice what a window spans
	for _, receiveMaximum := range []int{1, 10, 100} {
		g, err := newGateway(defaultOptions(), manner{lanes: 1, budget: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		from := g.openMQTT("from", mqtt.V5)
		converse(t, g, from, "CONNECT from clean")
		away := g.openMQTT("away", mqtt.V5)
		converse(t, g, away, "CONNECT s session-expiry=60", "SUBSCRIBE 1 t,qos=1")
		g.hangUp(away)
		converse(t, g, from, fmt.Sprintf("PUBLISH t old qos=1 message-expiry=1 id=1..%d", expired), "PUBLISH t new qos=1 id=1")
		g.pass(2e9)
		back := g.openMQTT("back", mqtt.V5)
		converse(t, g, back, fmt.Sprintf("CONNECT s session-expiry=60 receive-maximum=%d", receiveMaximum))
		if n := strings.Count(string(back.got), "new"); n != 1 {
			t.Errorf("receive maximum %d: the message behind came %d times", receiveMaximum, n)
		}
		if n := g.hub.Count(reason.MessageExpired); n != expired {
			t.Errorf("%d of %d expired", n, expired)
		}
		if err := g.shut(); err != nil {
			t.Error(err)
		}
	}
}
