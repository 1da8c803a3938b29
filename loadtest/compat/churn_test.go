package e2e

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// While clients of both protocols come, subscribe, unsubscribe and go, those
// who stay get every message in order.
func TestOthersComeAndGo(t *testing.T) {
	onLanes(t, func(t *testing.T, s *server) {
		stay, stay5, pub := s.natsClient(t), s.mqtt5(t), s.natsClient(t)
		ch := subscribe(t, stay, "churn.>")
		stay5.subscribe(t, "churn/#")

		stop := make(chan struct{})
		var others sync.WaitGroup
		coming := func(visit func(i int)) {
			others.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
						visit(i)
					}
				}
			})
		}
		for range 2 {
			coming(func(i int) {
				nc, err := nats.Connect("nats://"+s.nats, nats.NoReconnect(), nats.Timeout(patience))
				if err != nil {
					t.Errorf("coming: %v", err)
					return
				}
				for _, subject := range []string{"churn.x", "churn.*", ">", fmt.Sprintf("churn.%d", i)} {
					sub, err := nc.Subscribe(subject, func(*nats.Msg) {})
					if err != nil {
						t.Errorf("coming: %v", err)
					}
					if i%3 == 0 {
						_ = sub.Unsubscribe()
					}
				}
				_ = nc.Flush()
				nc.Close()
			})
			id := unique("churn")
			coming(func(i int) {
				w := dial(t, s.mqtt)
				w.send(t, mqttConnect(byte(3+i%3), id, 60, "")) // always the same: it takes over
				w.packet(t)
				w.send(t, mqttSubscribe(byte(3+i%3), "churn/+")+mqttSubscribe(byte(3+i%3), "#"))
				w.packet(t)
				w.Close()
			})
		}
		const total, window = 20000, 100
		deadline := time.Now().Add(3 * patience)
		for i := range total + window {
			if i < total {
				must(t, pub.Publish("churn.x", []byte(strconv.Itoa(i))))
			}
			if n := i - window; n >= 0 {
				nextText(t, ch, "churn.x", strconv.Itoa(n))
				stay5.nextText(t, "churn/x", strconv.Itoa(n))
			}
			if time.Now().After(deadline) {
				t.Fatalf("only %d messages so far", i)
			}
		}
		close(stop)
		others.Wait()
	})
}
