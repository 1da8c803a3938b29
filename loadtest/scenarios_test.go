package loadtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/loadtest/client"
)

func TestTopicsOfTheirOwn(t *testing.T) {
	for _, c := range []struct {
		topic, filter string
		topics        int
		want          uint64 // deliveries of 1000 messages of 4 publishers to 6 subscribers
	}{
		{"load/{conn}", "", 1, 1500}, // subscribers 4 and 5 hear publishers 0 and 1
		{"load/{conn}", "load/+", 1, 6000},
		{"load/{n}/x", "", 50, 6000},
		{"load.{conn}.{n}", "load.{conn}.>", 10, 1500},
	} {
		for _, p := range protocols {
			t.Run(fmt.Sprintf("%s/%s/%s", p, c.topic, c.filter), func(t *testing.T) {
				o, _ := gateway(t)
				f := smallFlow(p, p)
				f.Publishers, f.Subscribers, f.Messages = 4, 6, 1000
				f.Topic, f.Filter, f.Topics = c.topic, c.filter, c.topics
				if r := run(t, PubSub{f, "pubsub"}, o).Runs[0]; r.Expected != c.want || r.Received != c.want {
					t.Errorf("expected %d, received %d, want %d", r.Expected, r.Received, c.want)
				}
			})
		}
	}
}

func TestOpenLoopSendsWhatIsDue(t *testing.T) {
	for _, from := range protocols {
		for _, qos := range []byte{0, 1} {
			t.Run(fmt.Sprintf("%s/qos%d", from, qos), func(t *testing.T) {
				o, _ := gateway(t)
				o.Workers = 2
				f := smallFlow(from, from)
				f.Publishers, f.Messages, f.Rate, f.QoS, f.Size = 3, 500, 2000, qos, 300
				r := run(t, PubSub{f, "pubsub"}, o).Runs[0]
				if r.Published != 500 || r.Received != 500 {
					t.Errorf("published %d, received %d, want 500", r.Published, r.Received)
				}
				if got := r.Times["send_delay"].Count(); got != 500 {
					t.Errorf("%d send times, want 500", got)
				}
			})
		}
	}
}

func TestWarmUpIsNotMeasured(t *testing.T) {
	o, _ := gateway(t)
	f := smallFlow(client.NATS, client.MQTT)
	f.Messages, f.Rate, f.Duration, f.WarmUp = 0, 1000, 200*time.Millisecond, 200*time.Millisecond
	r := run(t, PubSub{f, "pubsub"}, o).Runs[0]
	if r.Expected < 300 || r.Expected > 400 {
		t.Errorf("%d expected, want about 400", r.Expected)
	}
	if r.Published >= r.Expected || r.Times["latency"].Count() >= int64(r.Expected) {
		t.Errorf("%d published and %d times of %d messages: the warm-up counts", r.Published, r.Times["latency"].Count(), r.Expected)
	}
}

func TestCross(t *testing.T) {
	o, _ := gateway(t)
	o.ServerPID = os.Getpid()
	f := smallFlow(client.NATS, client.MQTT)
	f.Messages, f.Rate = 300, 3000
	r := run(t, Cross{f, protocols}, o)
	if len(r.Runs) != 2 || r.Runs[0].Name != "nats-to-mqtt" || r.Runs[1].Name != "mqtt-to-nats" {
		t.Fatalf("runs: %+v", r.Runs)
	}
	for _, one := range r.Runs {
		if one.Received != 300 || one.Times["latency"].Count() != 300 {
			t.Errorf("%s: received %d, %d latencies", one.Name, one.Received, one.Times["latency"].Count())
		}
		if s := one.Usage.Server; s == nil || s.CPU == 0 || s.MemoryLast == 0 {
			t.Errorf("%s: the server's use is %+v", one.Name, s)
		}
	}

	dir := t.TempDir()
	files, err := r.WriteHGRM(filepath.Join(dir, "out.hgrm"))
	if err != nil || len(files) != 4 || filepath.Base(files[0]) != "out.hgrm" {
		t.Errorf("hgrm files %v, %v", files, err)
	}
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Runs []struct {
			Received uint64
			Times    map[string]struct {
				P99 int64 `json:"p99_ns"`
			}
		}
	}
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil || back.Runs[1].Received != 300 || back.Runs[1].Times["latency"].P99 == 0 {
		t.Errorf("%v in\n%s", err, b.String())
	}
}

func TestPubAndSubApart(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.String(), func(t *testing.T) {
			o, s := gateway(t)
			type result struct {
				r   *Report
				err error
			}
			got := make(chan result, 1)
			sub := Sub{Protocol: p, Subscribers: 2, Filter: "load/#", QoS: 1, Messages: 4000, Duration: time.Minute}
			go func() {
				r, err := sub.Run(t.Context(), o)
				got <- result{r, err}
			}()
			for s.Subscriptions() < 2 {
				time.Sleep(time.Millisecond)
			}
			f := smallFlow(p, p)
			f.Subscribers, f.Publishers, f.Messages, f.QoS = 0, 2, 2000, 1
			if r := run(t, PubSub{f, "pub"}, o).Runs[0]; r.Published != 2000 || r.Acked != 2000 {
				t.Errorf("published %d, acknowledged %d", r.Published, r.Acked)
			}
			sum := <-got
			if sum.err != nil || sum.r.Failed() || sum.r.Runs[0].Received != 4000 || sum.r.Runs[0].Lost != 0 {
				t.Errorf("%v, %+v", sum.err, sum.r.Runs[0])
			}
		})
	}
}

// Without acknowledgements and subscribers, a ping shows that all was read.
func TestPubFences(t *testing.T) {
	for _, p := range protocols {
		o, s := gateway(t)
		f := smallFlow(p, p)
		f.Subscribers = 0
		run(t, PubSub{f, "pub"}, o)
		if n := s.Traffic().In; n != 5000 {
			t.Errorf("%s: the server has read %d messages of 5000", p, n)
		}
	}
}

func TestRequest(t *testing.T) {
	o, _ := gateway(t)
	o.Workers = 2
	for _, from := range protocols {
		for _, to := range protocols {
			for _, responders := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s-%s/%d", from, to, responders), func(t *testing.T) {
					f := smallFlow(from, to)
					f.Publishers, f.Messages, f.Window, f.Topic = 3, 300, 10, "load/request"
					r := run(t, Request{f, responders}, o).Runs[0]
					if r.Published != 300 || r.Received != 300 || r.Expected != 300 {
						t.Errorf("%+v", r)
					}
				})
			}
		}
	}
}

func TestConn(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.String(), func(t *testing.T) {
			o, s := gateway(t)
			o.Workers, o.ServerPID, o.Sources = 2, os.Getpid(), "127.0.0.1-127.0.0.3"
			c := Conn{Protocol: p, Clients: 200, Concurrency: 16, Filter: "crowd/{conn}", Hold: 50 * time.Millisecond}
			r := run(t, c, o).Runs[0]
			if n := r.Connections; n.Opened != 200 || n.Failed != 0 || n.Dropped != 0 {
				t.Errorf("%+v", n)
			}
			if got := r.Times["connect"].Count(); got != 200 {
				t.Errorf("%d times, want 200", got)
			}
			for s.Connections() > 0 {
				time.Sleep(time.Millisecond)
			}
			c.Rate, c.Clients, c.Filter = 1000, 100, ""
			run(t, c, o)
		})
	}
}

func TestConnectionsThatFail(t *testing.T) {
	o, _ := gateway(t)
	o.NATS = "127.0.0.1:1"
	r, err := Conn{Protocol: client.NATS, Clients: 10, Concurrency: 5}.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Runs[0].Connections; n.Failed != 10 || !r.Failed() {
		t.Errorf("%+v, failures %v", n, r.Runs[0].Failures)
	}
	if _, err := (PubSub{smallFlow(client.NATS, client.NATS), "pubsub"}).Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v, want one that says refused", err)
	}
}

func TestChurn(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.String(), func(t *testing.T) {
			o, s := gateway(t)
			f := smallFlow(p, p)
			f.Messages, f.Duration, f.Rate = 0, 300*time.Millisecond, 1000
			r := run(t, Churn{Flow: f, Churners: 3, Protocol: p, Changes: 1000, Keep: 20, Other: "other/{conn}/{n}"}, o).Runs[0]
			if r.Churn.Changes < 100 || int64(r.Churn.Changes) > r.Times["subscribe"].Count() {
				t.Errorf("%+v, %d times", r.Churn, r.Times["subscribe"].Count())
			}
			for s.Subscriptions() > 0 {
				time.Sleep(time.Millisecond)
			}
		})
	}
}

// A reader that never reads again is cut; the others do not notice.
func TestSlow(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.String(), func(t *testing.T) {
			o, _ := gateway(t, smallOutput)
			f := smallFlow(p, p)
			f.Messages, f.Size = 8000, 1024
			r := run(t, Slow{Flow: f, Readers: 2, Buffer: 4096}, o).Runs[0]
			if r.Received != 8000 || r.Slow.Cut != 2 || r.Slow.Lost == 0 {
				t.Errorf("received %d, slow %+v", r.Received, r.Slow)
			}
		})
	}
	t.Run("comes back", func(t *testing.T) {
		o, _ := gateway(t)
		f := smallFlow(client.NATS, client.MQTT)
		f.Messages, f.Rate = 600, 2000
		r := run(t, Slow{Flow: f, Readers: 2, Stall: 50 * time.Millisecond, Every: 100 * time.Millisecond}, o).Runs[0]
		if r.Slow.Cut != 0 || r.Slow.Lost != 0 || r.Slow.Received != 1200 {
			t.Errorf("slow %+v", r.Slow)
		}
	})
}

// When the user has seen enough, what was measured is there, and it is whole.
func TestInterrupted(t *testing.T) {
	o, s := gateway(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	f := smallFlow(client.MQTT, client.NATS)
	f.Messages, f.Rate = 0, 1000
	go func() {
		for s.Traffic().In < 50 {
			time.Sleep(time.Millisecond)
		}
		stop()
	}()
	r, err := PubSub{f, "pubsub"}.Run(ctx, o)
	if err != nil || r.Failed() || !r.Interrupted {
		t.Fatalf("%v, %+v", err, r)
	}
	if n := r.Runs[0]; n.Received < 50 || n.Received != n.Published {
		t.Errorf("published %d, received %d", n.Published, n.Received)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	f := func(part string, change func(*Flow, *Options)) {
		t.Helper()
		flow, o := smallFlow(client.NATS, client.NATS), Defaults()
		change(&flow, &o)
		_, err := PubSub{flow, "pubsub"}.Run(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, want one with %q", err, part)
		}
	}
	f("--size", func(f *Flow, _ *Options) { f.Size = 15 })
	f("--qos", func(f *Flow, _ *Options) { f.QoS = 2 })
	f("--rate", func(f *Flow, _ *Options) { f.Rate = -1 })
	f("--window", func(f *Flow, _ *Options) { f.QoS, f.Window = 1, 70_000 })
	f("--duration", func(f *Flow, _ *Options) { f.Messages, f.Duration = 0, 0 })
	f("{n}", func(f *Flow, _ *Options) { f.Topics = 2 })
	f("does not match", func(f *Flow, _ *Options) { f.Filter = "other" })
	f("names the connection", func(f *Flow, _ *Options) { f.Filter = "load/{conn}" })
	f("at least one publisher", func(f *Flow, _ *Options) { f.Publishers, f.Subscribers = 0, 0 })
	f("--workers", func(_ *Flow, o *Options) { o.Workers = 0 })
	f("--mqtt-version", func(_ *Flow, o *Options) { o.MQTTVersion = 6 })
	f("--nats", func(_ *Flow, o *Options) { o.NATS = "nowhere" })
	f("--source", func(_ *Flow, o *Options) { o.Sources = "x" })
	f("--server-pid", func(_ *Flow, o *Options) { o.ServerPID = 1 << 30 })
}
