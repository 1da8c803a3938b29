package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/isthmus-mq/isthmus/reason"
	"github.com/isthmus-mq/isthmus/session"
)

// With everybody writing as fast as possible, no more is ever counted than
// budget's comment allows, and no connection has more uncounted than it allows.
func TestTheBudgetHoldsUnderLoad(t *testing.T) {
	onLanes(t, func(t *testing.T, lanes int) {
		const budget, stalled, piece = 8 << 20, 30, 20000
		r := start(t, lanes, Options{MaxOutput: budget})
		p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
		echo := r.dial("@0\n")
		<-p.opened
		most := r.mostWaiting()
		for i := range stalled {
			d := r.stallOn(p, i%lanes)
			r.on(i%lanes, func(l *lane) {
				d.s.onInput = func(in []byte) {
					for range in[:min(len(in), 100)] {
						d.s.fill(piece)
						l.wantFewUncounted(t)
					}
				}
			})
			go func() { // until it is cut
				for {
					if _, err := d.Write([]byte{0}); err != nil {
						return
					}
				}
			}()
		}
		r.eventually("all stalled readers to be cut", func() bool { return r.Count(reason.OutputBudget) == stalled })
		// Each lane may count one look more before it sees that it is too much.
		if got, limit := most(), budget+budget/4+lanes*(session.FlushAt+piece); got > limit {
			t.Errorf("%d bytes were counted, the limit is %d", got, limit)
		}
		echo.ask("after")
		echo.Close()
		r.settle()
		if got := p.endings(); got != fmt.Sprintf("client_closed=1 output_budget=%d", stalled) {
			t.Errorf("sessions ended: %s", got)
		}
	})
}

// wantFewUncounted fails if more waits for a connection of the lane than was
// counted or may be uncounted.
func (l *lane) wantFewUncounted(t *testing.T) {
	for _, c := range l.conns {
		counted := 0
		if c.rank > 0 {
			counted = l.budget.fat[c.rank-1].bytes
		}
		if n := c.waiting(); n-counted >= session.FlushAt {
			t.Errorf("%d bytes wait for a connection, %d are counted", n, counted)
		}
	}
}

// mostWaiting watches until it is asked for the most that was counted.
func (r *rig) mostWaiting() (asked func() int) {
	stop, most := make(chan struct{}), make(chan int)
	go func() {
		n, now, again := 0, make([]int64, len(r.lanes)), make([]int64, len(r.lanes))
		for {
			select {
			case <-stop:
				most <- n
				return
			default:
			}
			for i, l := range r.lanes {
				now[i] = l.budget.waiting.Load()
			}
			total := 0
			for i, l := range r.lanes {
				again[i] = l.budget.waiting.Load()
				total += int(now[i])
			}
			if slices.Equal(now, again) { // or the lanes were not read at one moment
				n = max(n, total)
			}
		}
	}()
	return func() int {
		close(stop)
		n := <-most
		r.t.Logf("of %d bytes at most %d were counted", r.opts.MaxOutput, n)
		return n
	}
}

// A publisher's turn fills the outboxes of its lane in between; the budget is
// kept in it, and who reads gets everything in order.
func TestTheBudgetIsKeptInTheMiddleOfATurn(t *testing.T) {
	onLanes(t, func(t *testing.T, lanes int) {
		const budget, stalled, messages = 8 << 20, 40, 1200
		r := start(t, lanes, Options{MaxOutput: budget})
		p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
		for i := range stalled {
			d := r.stallOn(p, i%lanes)
			d.send("sub news\n")
			d.want("subscribed")
		}
		fast := r.dial(fmt.Sprintf("@%d\nsub news\n", lanes-1))
		<-p.opened
		fast.want("subscribed")
		pub := r.dial("@0\n")
		<-p.opened
		most := r.mostWaiting()
		text := strings.Repeat("x", 4000)
		const batch = 30 // messages that are in one read, often
		for i := 0; i < messages; i += batch {
			var in []byte
			for k := range batch {
				in = fmt.Appendf(in, "pub news %d %s\n", i+k, text)
			}
			pub.send(string(in))
			for k := range batch {
				fast.want(fmt.Sprintf("%d %s", i+k, text))
			}
		}
		got, cut := most(), r.Count(reason.OutputBudget)
		if limit := budget + budget/4 + lanes*(session.FlushAt+len(text)); got > limit {
			t.Errorf("%d bytes were counted, the limit is %d", got, limit)
		}
		if cut == 0 || p.endings() != fmt.Sprintf("output_budget=%d", cut) {
			t.Errorf("sessions ended: %s; output_budget is counted %d times", p.endings(), cut)
		}
	})
}
