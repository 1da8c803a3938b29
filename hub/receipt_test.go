package hub_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/message"
	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/trie"
)

// device takes copies and writes down whom it owes an answer.
type device struct {
	lane    int
	name    string
	quota   hub.Quota
	refuses reason.ID
	owes    []hub.Sender
}

func (d *device) Deliver(m *message.Message, _ *hub.Route, c *hub.Copy) reason.ID {
	if d.refuses != reason.None {
		return d.refuses
	}
	if c.QoS > 0 {
		d.owes = append(d.owes, c.From)
	}
	return reason.None
}

// TestReceiptsSayWhatBecameOfEachCopy: devices on any lane that acknowledge,
// refuse, drop, or lose copies on their way; groups whose picked member is gone.
// Each receipt is done exactly once and accounts for every copy.
func TestReceiptsSayWhatBecameOfEachCopy(t *testing.T) {
	for _, n := range []int{1, 3} {
		t.Run(fmt.Sprint(n, " lanes"), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { receiptsRun(t, n) })
		})
	}
}

func receiptsRun(t *rapid.T, n int) {
	w := newLanes(n, hub.Options{})
	clock := &handClock{now: time.Hour}
	for i := range n {
		w.Lane(i).SetClock(clock)
	}
	ring := func() { // what was to be told meanwhile
		for i := range n {
			w.turn(i, func(l *hub.Lane) { l.Ring() })
		}
	}
	limits := &hub.QuotaLimits{Messages: 4, Bytes: 1 << 20}
	var devices []*device
	for i := range rapid.IntRange(1, 6).Draw(t, "devices") {
		d := &device{lane: rapid.IntRange(0, n-1).Draw(t, "lane"), name: fmt.Sprint("d", i)}
		owner := w.owner(d.lane)
		d.quota.Init(limits, owner)
		what := hub.Subscription{Filter: trie.Filter{Pattern: "a"}, Owner: owner, Flags: hub.FlagMQTT, Quota: &d.quota}
		what.Flags |= rapid.SampledFrom([]uint16{0, hub.FlagQoS1, hub.FlagQoS2}).Draw(t, "granted")
		if rapid.Bool().Draw(t, "in a share") {
			what.Group = trie.Group{Kind: trie.GroupShare, Name: "s"}
		}
		w.turn(d.lane, func(l *hub.Lane) { l.Subscribe(d, what) })
		devices = append(devices, d)
	}
	from := hub.Publisher{Owner: w.owner(0)}
	opened, done := 0, 0
	some := func(t *rapid.T) *device { return rapid.SampledFrom(devices).Draw(t, "who") }
	t.Repeat(map[string]func(*rapid.T){
		"": func(t *rapid.T) {
			if open := w.Lane(0).Receipts(); open != opened-done {
				t.Fatalf("%d receipts wait, want %d", open, opened-done)
			}
		},
		"publish": func(t *rapid.T) {
			m := message.Message{Subject: []byte("a"), QoS: rapid.Uint8Range(0, 2).Draw(t, "qos")}
			opened++
			finished := false
			w.turn(0, func(l *hub.Lane) {
				l.OpenReceipt()
				o := l.Publish(&from, &m, 0)
				l.CloseReceipt(o, time.Minute, func(r *hub.Receipt) {
					done++
					if finished || r.Waiting() != 0 || r.Outcome != o {
						t.Fatalf("done again %v, %d wait, outcome %+v of %+v", finished, r.Waiting(), r.Outcome, o)
					}
					finished = true
				})
			})
			w.settle()
			ring()
		},
		"refuse from now on": func(t *rapid.T) {
			some(t).refuses = rapid.SampledFrom([]reason.ID{reason.None, reason.ReceiverClosing}).Draw(t, "why")
		},
		"answer": func(t *rapid.T) {
			d := some(t)
			for _, to := range d.owes {
				a := hub.Answer{Client: d.name, Code: rapid.SampledFrom([]byte{0, 0x10, 0x87}).Draw(t, "code")}
				meanwhile := rapid.Bool().Draw(t, "meanwhile")
				if meanwhile {
					a.Why = reason.SessionEnded
				}
				w.turn(d.lane, func(l *hub.Lane) {
					l.Release(&d.quota, hub.Cost(&message.Message{Subject: []byte("a")}))
					if meanwhile {
						l.AnsweredMeanwhile(to, a)
					} else {
						l.Answered(to, a)
					}
				})
			}
			d.owes = nil
			w.settle()
			ring()
		},
	})
	for _, d := range devices {
		for _, to := range d.owes {
			w.turn(d.lane, func(l *hub.Lane) { l.Answered(to, hub.Answer{Client: d.name}) })
		}
	}
	w.settle()
	if done != opened {
		t.Fatalf("%d receipts of %d are done", done, opened)
	}
}

// Those that wait are bounded in number, in time and in what they remember.
func TestReceiptsAreBounded(t *testing.T) {
	w := newLanes(1, hub.Options{})
	clock := &handClock{now: time.Hour}
	l := w.Lane(0)
	l.SetClock(clock)
	d := &device{}
	d.quota.Init(&hub.QuotaLimits{Messages: hub.MaxQuotaMessages, Bytes: 1 << 30}, 1)
	l.Subscribe(d, hub.Subscription{Filter: trie.Filter{Pattern: "a"}, Owner: 1, Flags: hub.FlagMQTT | hub.FlagQoS1, Quota: &d.quota})
	from := hub.Publisher{Owner: l.NewOwner()}
	var answered *hub.Receipt
	done := 0
	for w.Count(reason.ReceiptsFull) == 0 {
		if !l.OpenReceipt() {
			continue
		}
		o := l.Publish(&from, &message.Message{Subject: []byte("a"), QoS: 1}, 0)
		o.Assured = 500
		l.CloseReceipt(o, time.Minute, func(r *hub.Receipt) {
			done++
			if r.Waiting() < 500 {
				answered = r
			}
		})
	}
	if n := l.Receipts(); n != 4096 {
		t.Errorf("%d receipts wait", n)
	}
	to := d.owes[0]
	for i := range 499 {
		l.Answered(to, hub.Answer{Client: fmt.Sprint("device ", i), Code: byte(i % 2 * 0x80)})
	}
	clock.pass(l, time.Hour+2*time.Minute)
	if l.Receipts() != 0 || done != 4096 || w.Count(reason.ReceiptTimeout) != 4096 {
		t.Fatalf("%d receipts wait, %d are done, %d timed out", l.Receipts(), done, w.Count(reason.ReceiptTimeout))
	}
	l.Answered(to, hub.Answer{}) // too late
	if r := answered; r.Waiting() != 1 || r.Acknowledged != 250 || r.Refused != 249 || len(r.Answers) > 100 || r.Failure.Client != "device 1" {
		t.Errorf("%d wait, %d acknowledged, %d refused, first %q, %d names", r.Waiting(), r.Acknowledged, r.Refused, r.Failure.Client, len(r.Answers))
	}
}
