package engine

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/isthmus-mq/isthmus/reason"
)

// onLanes runs a test with one lane and with four.
func onLanes(t *testing.T, test func(t *testing.T, lanes int)) {
	for _, lanes := range []int{1, 4} {
		t.Run(fmt.Sprintf("lanes=%d", lanes), func(t *testing.T) { test(t, lanes) })
	}
}

// reader is a client that does not read until it is told to, and its session.
type reader struct {
	*client
	s     *lineSession
	lane  int
	given int // bytes that were put into its outbox
}

// stallOn connects a reader for which the kernel holds little. p is pinned and
// tells its sessions.
func (r *rig) stallOn(p *lines, home int) *reader {
	r.t.Helper()
	c := r.dialSlow(fmt.Sprintf("@%d\n", home))
	d := &reader{client: c, s: <-p.opened, lane: home}
	r.on(home, func(*lane) { _ = d.s.conn.sock.SetWriteBuffer(8 << 10) })
	return d
}

// give is a turn that puts n bytes into the reader's outbox.
func (r *rig) give(d *reader, n int) {
	r.t.Helper()
	r.on(d.lane, func(l *lane) {
		l.hub.BeginTurn()
		d.s.fill(n)
		l.endTurn()
	})
	d.given += n
}

// fatten gives a reader so much that size bytes wait for it, or a little less
// when the kernel takes some more in the end.
func (r *rig) fatten(d *reader, size int) {
	r.t.Helper()
	for n := 0; n < size; n = r.waitingFor(d) {
		r.give(d, size-n)
	}
}

func (r *rig) waitingFor(d *reader) (n int) {
	r.on(d.lane, func(*lane) { n = d.s.conn.waiting() })
	return n
}

// drained reads all that the reader was given.
func (d *reader) drained() {
	d.t.Helper()
	if _, err := io.CopyN(io.Discard, d.in, int64(d.given)); err != nil {
		d.t.Errorf("a reader did not get its %d bytes: %v", d.given, err)
	}
}

// wantCounted waits until everything that waits is counted, and returns it.
func (r *rig) wantCounted() (n int) {
	r.t.Helper()
	r.eventually("all output to be counted", func() bool {
		n = 0
		for i := range r.lanes {
			r.on(i, func(l *lane) {
				for _, c := range l.conns {
					n += c.waiting()
				}
			})
		}
		return n == r.OutputWaiting()
	})
	return n
}

// The output of thin readers grows until there is too much; one fat reader
// after the other is cut for it, the fattest first, and nobody else.
func TestTheFattestAreCutUntilTheRestFits(t *testing.T) {
	onLanes(t, func(t *testing.T, lanes int) {
		const step, thinnestFat = 128 << 10, 2 << 20
		const budget = 32 << 20
		r := start(t, lanes, Options{MaxOutput: budget})
		p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
		var fat, thin, fast []*reader
		for i := range 8 {
			fat = append(fat, r.stallOn(p, i%lanes))
			r.fatten(fat[i], thinnestFat+i<<19)
		}
		for i := range 12 {
			thin = append(thin, r.stallOn(p, i%lanes))
		}
		for i := range lanes {
			fast = append(fast, &reader{client: r.dial(fmt.Sprintf("@%d\n", i)), s: <-p.opened})
		}
		cut := uint64(0)
		for range thinnestFat/step - 2 {
			for _, d := range thin {
				before := r.wantCounted()
				r.give(d, step)
				r.eventually("the rest to fit", func() bool { return r.wantCounted() <= budget })
				if n := r.Count(reason.OutputBudget); n > cut+1 || n > cut && before+step <= budget {
					t.Fatalf("%d bytes more than %d are too many, and %d were cut", step, before, n-cut)
				} else if n > cut {
					cut = n
					victim := fat[len(fat)-1]
					fat = fat[:len(fat)-1]
					r.on(victim.lane, func(*lane) {
						if victim.s.conn.why != reason.OutputBudget {
							t.Error("another than the fattest was cut")
						}
					})
				}
			}
			for _, d := range fast {
				d.ask("still here")
			}
		}
		if cut < 4 {
			t.Errorf("only %d were cut", cut)
		}
		left := append(append(fat, thin...), fast...)
		if n := r.Connections(); n != len(left) {
			t.Errorf("%d connections are left, want %d", n, len(left))
		}
		for _, d := range left {
			d.drained()
			d.ask("all of it")
		}
		if n := r.wantCounted(); n != 0 {
			t.Errorf("%d bytes wait in the end", n)
		}
		for _, d := range left {
			d.Close()
		}
		r.settle()
		if got := p.endings(); got != fmt.Sprintf("client_closed=%d output_budget=%d", len(left), cut) {
			t.Errorf("sessions ended: %s", got)
		}
	})
}

// Output that comes in pieces too small to be looked at is seen by the poll.
func TestTheBudgetCountsWhatComesInDrops(t *testing.T) {
	const budget, readers = 4 << 20, 3
	r := start(t, 1, Options{MaxOutput: budget})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
	var all []*reader
	for range readers {
		d := r.stallOn(p, 0)
		r.fatten(d, 1300<<10) // more than gnet is given, so no flush comes by
		all = append(all, d)
	}
	for drops := 0; r.Count(reason.OutputBudget) == 0; drops++ {
		if r.wantCounted() > budget {
			t.Fatalf("too much waits after %d drops, and nobody is cut", drops)
		}
		for _, d := range all {
			r.give(d, 4<<10)
		}
	}
	if n := r.Count(reason.OutputBudget); n != 1 {
		t.Errorf("%d were cut", n)
	}
	for _, d := range all {
		d.Close()
	}
}

// A lane that does not look does not keep the others from keeping the budget.
func TestALaneThatHangsIsNotWaitedForLong(t *testing.T) {
	const budget = 8 << 20
	r := start(t, 2, Options{MaxOutput: budget})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
	fattest, other, thin := r.stallOn(p, 0), r.stallOn(p, 1), r.stallOn(p, 1)
	r.fatten(fattest, 5<<20)
	r.fatten(other, 2<<20)
	r.fatten(thin, 1<<20)
	r.wantCounted()
	release := r.stall(0)
	defer release()
	r.give(other, 1500<<10) // too much, but the fattest is elsewhere
	if n := r.OutputWaiting(); n <= budget || n > budget+budget/4 || r.Count(reason.OutputBudget) != 0 {
		t.Errorf("%d bytes wait, %d connections were cut", n, r.Count(reason.OutputBudget))
	}
	r.give(thin, 1500<<10) // more than a quarter too much
	r.eventually("the other to be cut", func() bool { return r.Count(reason.OutputBudget) == 1 })
	release()
	for _, d := range []*reader{fattest, thin} {
		d.drained()
		d.ask("all of it")
	}
	if n := r.wantCounted(); n != 0 || r.Count(reason.OutputBudget) != 1 {
		t.Errorf("in the end %d bytes wait, and %d connections were cut", n, r.Count(reason.OutputBudget))
	}
}

// A lane that has too much calls the lane of the fattest, which may have no
// other cause to look: gnet holds all that waits there.
func TestTheLaneOfTheFattestIsCalled(t *testing.T) {
	r := start(t, 2, Options{MaxOutput: 4 << 20})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
	fattest := r.stallOn(p, 0)
	r.give(fattest, 1000<<10) // in one turn: all that the kernel refuses
	var thin []*reader
	for range 6 {
		d := r.stallOn(p, 1)
		r.fatten(d, 500<<10)
		thin = append(thin, d)
	}
	r.wantCounted()
	for _, d := range thin {
		r.give(d, 100<<10)
	}
	r.eventually("the fattest to be cut", func() bool { return r.Count(reason.OutputBudget) == 1 })
	for _, d := range thin {
		d.drained()
		d.ask("all of it")
	}
}

// What has left since the last look is no cause to be cut.
func TestTheFattestIsLookedAtBeforeItIsCut(t *testing.T) {
	r := start(t, 1, Options{MaxOutput: 4 << 20})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
	d := r.stallOn(p, 0)
	r.fatten(d, 1<<20)
	r.on(0, func(l *lane) {
		c := d.s.conn
		l.budget.count(c, 5<<20) // as when 4 MiB of it have been taken
		l.budget.enforce()
		if c.phase != phaseOpen || r.OutputWaiting() != c.waiting() {
			t.Errorf("phase %d, %d bytes wait, %d are counted", c.phase, c.waiting(), r.OutputWaiting())
		}
	})
	d.drained()
	d.ask("all of it")
}

// However a connection ends for which output waits, nothing of it stays counted.
func TestWhatWaitedIsCountedOutWithItsConnection(t *testing.T) {
	const size = 3 << 20
	for _, end := range []struct {
		name string
		end  func(r *rig, d *reader)
		want string
	}{
		{"the peer resets", func(r *rig, d *reader) { d.reset() }, "read_error=1"},
		{"the peer closes its half", func(r *rig, d *reader) { _ = d.CloseWrite() }, "client_closed=1"},
		{"it is a slow consumer", func(r *rig, d *reader) {
			r.on(0, func(l *lane) {
				d.s.fill(2 << 20)
				if n := r.OutputWaiting(); n != 0 {
					r.t.Errorf("%d bytes are counted after the cut", n)
				}
				l.endTurn()
			})
		}, "slow_consumer=1"},
		{"it is the fattest", func(r *rig, d *reader) {
			r.tooMuchBeside(d)
		}, "read_error=1 output_budget=1"},
		{"it lingers in vain", func(r *rig, d *reader) {
			r.end(d)
			if n := r.wantCounted(); n < size/2 {
				r.t.Errorf("%d bytes wait while it lingers", n)
			}
			r.on(0, func(*lane) { d.s.conn.until(0) })
		}, "client_disconnect=1"},
		{"it lingers and is read", func(r *rig, d *reader) {
			r.end(d)
			d.drained()
			d.wantEnd()
			d.Close()
		}, "client_disconnect=1"},
		{"the peer resets while it lingers", func(r *rig, d *reader) {
			r.end(d)
			d.reset()
		}, "client_disconnect=1"},
		{"it is the fattest while it lingers", func(r *rig, d *reader) {
			r.end(d)
			r.tooMuchBeside(d)
			if n := r.Count(reason.LingerTimeout); n != 0 {
				r.t.Error("it lingered on")
			}
		}, "client_disconnect=1 read_error=1"},
	} {
		t.Run(end.name, func(t *testing.T) {
			r := start(t, 2, Options{MaxPending: 4 << 20, MaxOutput: 5 << 20})
			p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
			d := r.stallOn(p, 0)
			r.fatten(d, size)
			r.wantCounted()
			end.end(r, d)
			r.settle()
			// A reset shows in whatever the loop tries first.
			if got := strings.ReplaceAll(p.endings(), "write_error", "read_error"); got != end.want {
				t.Errorf("sessions ended: %s, want %s", got, end.want)
			}
			if n := r.OutputWaiting(); n != 0 {
				t.Errorf("%d bytes are counted", n)
			}
		})
	}
}

// end makes a connection linger.
func (r *rig) end(d *reader) {
	r.t.Helper()
	r.on(d.lane, func(l *lane) {
		d.s.conn.Close(reason.ClientDisconnect)
		l.flushAll()
	})
}

// tooMuchBeside has d, for which 3 MiB of 5 wait, cut for the output of a
// thinner one on lane 1.
func (r *rig) tooMuchBeside(d *reader) {
	r.t.Helper()
	other := r.stallOn(d.s.p, 1)
	r.fatten(other, 3<<19)
	r.wantCounted()
	r.give(other, 1<<20)
	r.eventually("the connection to be gone", func() bool { return r.Connections() == 1 })
	if n := r.Count(reason.OutputBudget); n != 1 {
		r.t.Errorf("output_budget was counted %d times", n)
	}
	other.reset()
}

// The account is a heap with a place in each connection: compared with the
// plain way, for many connections that grow, shrink, leave and come back.
func TestTheAccountKnowsTheFattest(t *testing.T) {
	b := &budget{}
	conns := make([]*Conn, 200)
	for i := range conns {
		conns[i] = &Conn{}
	}
	bytes := map[*Conn]int{}
	for range 20_000 {
		c, n := conns[rand.IntN(len(conns))], max(rand.IntN(1000)-300, 0)
		b.count(c, n)
		if bytes[c] = n; n == 0 {
			delete(bytes, c)
		}
		total, most := 0, 0
		for _, n := range bytes {
			total, most = total+n, max(most, n)
		}
		if int(b.waiting.Load()) != total || int(b.fattest.Load()) != most || len(b.fat) != len(bytes) {
			t.Fatalf("%d bytes of %d, at most %d; want %d of %d, at most %d",
				b.waiting.Load(), len(b.fat), b.fattest.Load(), total, len(bytes), most)
		}
		for i, a := range b.fat {
			if int(a.conn.rank) != i+1 || bytes[a.conn] != a.bytes || a.bytes > b.fat[max(i-1, 0)/2].bytes {
				t.Fatalf("place %d of %d is wrong", i, len(b.fat))
			}
		}
	}
	for _, c := range conns {
		b.count(c, 0)
	}
	if b.waiting.Load() != 0 || b.fattest.Load() != 0 || b.fat != nil {
		t.Error("something is left")
	}
}

// A connection must fit the allocator's class of 256 bytes: the next one has
// 288, for each of a million idle connections.
func TestAConnectionFitsItsMemoryBudget(t *testing.T) {
	if n := unsafe.Sizeof(Conn{}); n > 256 {
		t.Errorf("a Conn takes %d bytes", n)
	}
}
