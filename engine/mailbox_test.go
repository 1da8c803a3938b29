package engine

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/reason"
)

func TestMailsOfALaneArriveInOrderAndNoneIsLost(t *testing.T) {
	r := start(t, 4, Options{})
	r.serve(&lines{pinned: true})
	const publishers, messages = 3, 3000
	sub := r.dial("@3\nsub news\n")
	sub.want("subscribed")
	var all sync.WaitGroup
	for i := range publishers {
		pub := r.dial(fmt.Sprintf("@%d\n", i))
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(i), 1))
			var b bytes.Buffer
			for n := range messages {
				size := rnd.IntN(300)
				if rnd.IntN(300) == 0 {
					size = rnd.IntN(200 << 10) // more than a mail holds
				}
				fmt.Fprintf(&b, "pub news %d %d %d:%s\n", i, n, size, strings.Repeat("x", size))
				if b.Len() > rnd.IntN(50<<10) {
					if _, err := b.WriteTo(pub); err != nil {
						t.Error(err)
					}
				}
			}
			if _, err := b.WriteTo(pub); err != nil {
				t.Error(err)
			}
		})
	}
	var next [publishers]int
	for range publishers * messages {
		s := sub.line()
		var i, n, size int
		if _, err := fmt.Sscanf(s[:strings.IndexByte(s, ':')], "%d %d %d", &i, &n, &size); err != nil {
			t.Fatalf("%.50q: %v", s, err)
		}
		if n != next[i] || len(s)-strings.IndexByte(s, ':')-1 != size {
			t.Fatalf("publisher %d: message %d of %d bytes, want number %d: %.50q", i, n, size, next[i], s)
		}
		next[i]++
	}
	all.Wait()
	for i := range publishers {
		if n := r.lanes[3].mailbox.waiting[i].Load(); n != 0 {
			t.Errorf("%d bytes from lane %d are counted as waiting", n, i)
		}
	}
}

// A drain stops at its budget and goes on after the sockets have been polled.
// A lane that does not get to its mails holds about as much memory as there is
// in them: small ones are put together.
func TestSmallMailsOfALaneThatIsHeldUpArePutTogether(t *testing.T) {
	r := start(t, 3, Options{})
	r.serve(&lines{pinned: true})
	sub := r.dial("@2\nsub news\n")
	sub.want("subscribed")
	release := r.stall(2)
	defer release()
	const turns = 4000
	for lane := range 2 {
		pub := r.dial(fmt.Sprintf("@%d\nhello\n", lane))
		pub.want("hello")
		for i := range turns {
			pub.send(fmt.Sprintf("pub news %d %d\nhello\n", lane, i))
			pub.want("hello") // so each is a turn of its own
		}
	}
	box := &r.lanes[2].mailbox
	box.state.Lock()
	mails := len(box.state.queue)
	box.state.Unlock()
	if most := 2 * (1 + turns*200/(64<<10)); mails > most {
		t.Errorf("%d mails wait, want %d at most", mails, most)
	}
	release()
	for lane := range 2 {
		for i := range turns {
			sub.want(fmt.Sprintf("%d %d", lane, i))
		}
	}
	r.eventually("nothing to be counted", func() bool {
		return box.waiting[0].Load() == 0 && box.waiting[1].Load() == 0
	})
}

// Mails of different lanes keep the order in which their clients have acted,
// each after it has heard that the other has.
func TestMailsOfSeveralLanesKeepTheOrderOfWhatCausedThem(t *testing.T) {
	r := start(t, 3, Options{})
	r.serve(&lines{pinned: true})
	sub := r.dial("@2\nsub news\n")
	sub.want("subscribed")
	release := r.stall(2)
	defer release()
	var pubs [2]*client
	for lane := range pubs {
		pubs[lane] = r.dial(fmt.Sprintf("@%d\nhello\n", lane))
		pubs[lane].want("hello")
	}
	const messages = 200
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range messages {
		pub := pubs[rnd.IntN(2)]
		pub.send(fmt.Sprintf("pub news %d\nhello\n", i))
		pub.want("hello")
	}
	release()
	for i := range messages {
		sub.want(fmt.Sprint(i))
	}
}

func TestADrainIsBoundedAndGoesOn(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 2)})
	sub := r.dial("@1\nsub news\n")
	sub.want("subscribed")
	s := <-p.opened
	release := r.stall(1)
	defer release()
	const messages = 1000
	line := strings.Repeat("x", 999)
	pub := r.dial("@0\n" + strings.Repeat("pub news "+line+"\n", messages) + "done\n")
	pub.want("done")

	steps := make(chan int)
	r.lanes[1].execute(func() {
		defer close(steps)
		l := r.lanes[1]
		l.drain()
		box := &l.mailbox
		box.state.Lock()
		left, awake := len(box.work)+len(box.state.queue), box.state.awake
		box.state.Unlock()
		steps <- left
		if !awake {
			t.Error("with work left the mailbox sleeps")
		}
		if n, err := unix.IoctlGetInt(l.nudgeFD, unix.SIOCOUTQ); err != nil || n == 0 {
			t.Errorf("no byte is on the socket pair: %d, %v", n, err)
		}
		if n := s.conn.out.Len(); n > drainBudget+1000 {
			t.Errorf("one drain has made %d bytes of output", n)
		}
	})
	release()
	if left := <-steps; left == 0 {
		t.Error("nothing was left after one drain")
	}
	<-steps
	for range messages {
		sub.want(line)
	}
	r.eventually("the mailbox to sleep", func() (sleeps bool) {
		r.on(1, func(l *lane) { sleeps = !l.mailbox.state.awake })
		return sleeps
	})
}

// A client that has been stalled asks for the end of its subscription: it is given
// first what others have published, and seen acknowledged, before it asked.
func TestCatchingUpDeliversAllThatWasPosted(t *testing.T) {
	r := start(t, 3, Options{})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 8)})
	sub := r.dial("@2\nsub news\n")
	sub.want("subscribed")
	s := <-p.opened
	const messages = 5000 // more than one drain delivers
	text := strings.Repeat("x", 100)
	release := r.stall(2)
	for lane := range 2 {
		pub := r.dial(fmt.Sprintf("@%d\n", lane))
		fmt.Fprint(pub, strings.Repeat("pub news "+text+"\n", messages), "published\n")
		pub.want("published") // which leaves behind the mails
	}
	left := make(chan bool, 1)
	r.lanes[2].execute(func() {
		l := r.lanes[2]
		l.hub.BeginTurn()
		l.hub.CatchUp()
		s.conn.Out().WriteString("that was all\n")
		l.endTurn()
		left <- len(l.mailbox.work) > 0
	})
	release()
	for range 2 * messages {
		sub.want(text)
	}
	sub.want("that was all")
	if <-left {
		t.Error("mails are left")
	}
}

func TestNudgesAreNeverLostAndNeverBlock(t *testing.T) {
	r := start(t, 1, Options{})
	r.serve(&lines{})
	r.on(0, func(l *lane) {
		for range 1_000_000 { // fills the socket pair
			if n, err := unix.Write(l.nudgeFD, nudgeByte); n != 1 || err != nil {
				break
			}
		}
		l.nudge()
	})
	r.dial("").ask("alive")
}

func TestAPublisherThatOutrunsALaneIsPausedAndLosesNothing(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 2)})
	sub := r.dial("@1\nsub news\n")
	sub.want("subscribed")
	<-p.opened
	bystander := r.dial("@0\n")
	<-p.opened
	release := r.stall(1)
	defer release()

	const messages, size = 30_000, 1000
	pub := r.dial("@0\n")
	publisher := <-p.opened
	sent := make(chan error, 1)
	go func() {
		var b bytes.Buffer
		for n := range messages {
			fmt.Fprintf(&b, "pub news %0*d\n", size, n)
		}
		_, err := pub.Write(b.Bytes())
		sent <- err
	}()
	r.eventually("a pause", func() bool { return r.Count(reason.LaneBusy) > 0 })
	bystander.ask("not paused")
	taken := p.taken.Load()
	time.Sleep(50 * time.Millisecond)
	r.on(0, func(l *lane) {
		if n := p.taken.Load() - taken; n > DefaultReadBuffer {
			t.Errorf("the paused publisher was read: %d bytes", n)
		}
		if publisher.conn.pauses&pausedForLane == 0 {
			t.Error("the publisher is not paused")
		}
		if n := r.lanes[1].mailbox.waiting[0].Load(); n > mailboxBudget+2*DefaultReadBuffer {
			t.Errorf("%d bytes wait", n)
		}
	})
	release()
	for n := range messages {
		if got, want := sub.line(), fmt.Sprintf("%0*d", size, n); got != want {
			t.Fatalf("message %d: %.80q", n, got)
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	pub.ask("read again")
}

// roundTrips asks again and again until stop is closed.
func (c *client) roundTrips(stop <-chan struct{}) (all []time.Duration) {
	for {
		select {
		case <-stop:
			slices.Sort(all)
			return all
		default:
		}
		began := time.Now()
		if _, err := c.Write([]byte("ping\n")); err != nil {
			c.t.Error(err)
			return all
		}
		if s, err := c.in.ReadString('\n'); s != "ping\n" {
			c.t.Errorf("%q, %v", s, err)
			return all
		}
		all = append(all, time.Since(began))
	}
}

// A lane that is flooded with mails goes on reading its sockets, whether the
// mails are many or come one by one.
func TestMailsDoNotStarveSockets(t *testing.T) {
	for name, publish := range map[string]func(r *rig, stop <-chan struct{}, pub *client){
		"a flood":    flood,
		"one by one": oneByOne,
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 2, Options{MaxPending: 1 << 30})
			r.serve(&lines{pinned: true})
			for range 30 {
				sub := r.dial("@1\nsub news\n")
				sub.want("subscribed")
				go io.Copy(io.Discard, sub.in)
			}
			echo := r.dial("@1\n")
			echo.ask("before")
			pub := r.dial("@0\n")
			pub.ask("before")
			stop := make(chan struct{})
			var all sync.WaitGroup
			all.Go(func() { publish(r, stop, pub) })
			time.AfterFunc(700*time.Millisecond, func() { close(stop) })
			trips := echo.roundTrips(stop)
			all.Wait()
			// How long one takes is up to the machine, which is busy.
			if len(trips) < 10 {
				t.Fatalf("%d round trips in all that time", len(trips))
			}
			t.Logf("%d round trips, median %v, longest %v", len(trips), trips[len(trips)/2], trips[len(trips)-1])
		})
	}
}

func flood(r *rig, stop <-chan struct{}, pub *client) {
	lines := []byte(strings.Repeat("pub news "+strings.Repeat("x", 100)+"\n", 100))
	for {
		select {
		case <-stop:
			return
		default:
		}
		if _, err := pub.Write(lines); err != nil {
			return
		}
	}
}

// oneByOne posts the next mail as soon as the one before has been taken.
func oneByOne(r *rig, stop <-chan struct{}, pub *client) {
	line := []byte("pub news x\n")
	box := &r.lanes[1].mailbox
	for {
		select {
		case <-stop:
			return
		default:
		}
		if _, err := pub.Write(line); err != nil {
			return
		}
		for end := time.Now().Add(50 * time.Microsecond); box.waiting[0].Load() > 0 && time.Now().Before(end); {
			runtime.Gosched()
		}
	}
}
