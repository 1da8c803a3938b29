package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isthmus-mq/isthmus/reason"
)

// In no window of time does a connRate let in more than a second's worth and
// what the window adds, and one that waits as long as it is told comes in.
func TestConnectionsComeInAtTheirRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 5000).Draw(t, "rate")
		r := connRate{perSecond: rate}
		start := time.Now()
		now, in := start, 0
		for range rapid.IntRange(1, 300).Draw(t, "connections") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "ms")) * time.Millisecond)
			if wait := r.take(now); wait > 0 {
				if wait > time.Second {
					t.Fatalf("one is to wait for %v", wait)
				}
				if now = now.Add(wait); r.take(now) != 0 {
					t.Fatal("one that has waited is to wait again")
				}
			}
			in++
			if most := rate + int(now.Sub(start).Seconds()*float64(rate)) + 1; in > most {
				t.Fatalf("%d of at most %d came in within %v", in, most, now.Sub(start))
			}
		}
	})
}

// Connections above the rate wait outside and then come in.
func TestConnectionsAboveTheRateWait(t *testing.T) {
	for _, pinned := range []bool{false, true} {
		r := start(t, 2, Options{MaxConnRate: 10})
		r.serve(&lines{pinned: pinned, refusal: "too many\n"})
		began := time.Now()
		var all []*client
		for range 14 {
			all = append(all, r.dial("@0\n"))
		}
		for _, c := range all {
			c.ask("hello")
		}
		if took := time.Since(began); took < 300*time.Millisecond {
			t.Errorf("14 connections came in within %v, at 10 a second", took)
		}
		if n := r.Count(reason.ConnectionDelayed); n < 3 || n > 4 {
			t.Errorf("connection_delayed was counted %d times", n)
		}
		if n := r.Count(reason.ConnectionRateExceeded); n != 0 {
			t.Errorf("%d were refused", n)
		}
	}
}

// One that has waited for too long is told so, and takes no turn of others.
func TestConnectionsThatWouldWaitForLongAreToldSo(t *testing.T) {
	r := start(t, 1, Options{MaxConnRate: 4})
	r.serve(&lines{refusal: "too many\n"})
	const all = 24
	in, out := 0, 0
	var clients []*client
	for range all {
		clients = append(clients, r.dial("hello\n"))
	}
	for _, c := range clients {
		switch s := c.line(); s {
		case "hello":
			in++
		case "too many":
			out++
			c.wantEnd()
		default:
			t.Errorf("a client was told %q", s)
		}
	}
	// A second's worth at once, and another while the others wait.
	if in < 7 || in > 12 || in+out != all {
		t.Errorf("%d came in and %d were refused", in, out)
	}
	r.eventually("the refused ones to be counted", func() bool { return r.Count(reason.ConnectionRateExceeded) == uint64(out) })
}

func TestAListenerWhoseConnectionsWaitCanBeClosed(t *testing.T) {
	r := start(t, 1, Options{MaxConnRate: 1})
	r.serve(&lines{})
	r.dial("").ask("hello")
	c := r.dial("")
	r.eventually("one to wait", func() bool { return r.Count(reason.ConnectionDelayed) == 1 })
	began := time.Now()
	if err := r.Unlisten("lines"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("Unlisten waited for %v", took)
	}
	c.wantEnd()
}
