package engine

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

func TestTheFirstBytesChooseTheLane(t *testing.T) {
	r := start(t, 4, Options{})
	r.serve(&lines{pinned: true})
	for n := range 12 {
		c := r.dial(fmt.Sprintf("@%d\nwhere\n", n))
		c.want(fmt.Sprintf("lane %d", n%4))
	}
	for i, l := range r.lanes {
		if n := l.load.Load(); n != 3 {
			t.Errorf("lane %d counts %d connections, want 3", i, n)
		}
	}
	r.eventually("nobody to be entering", func() bool { return r.door.entering.Load() == 0 })
}

func TestAFirstPacketMayComeByteByByte(t *testing.T) {
	r := start(t, 4, Options{})
	p := r.serve(&lines{pinned: true, opened: make(chan *lineSession, 1)})
	c := r.dial("")
	for _, b := range "@3\n" {
		select {
		case <-p.opened:
			t.Fatal("the session began before its lane was known")
		case <-time.After(5 * time.Millisecond):
		}
		c.send(string(b))
	}
	<-p.opened
	c.send("where\n")
	c.want("lane 3")
	if n := p.taken.Load(); n != int64(len("@3\nwhere\n")) {
		t.Errorf("the session got %d bytes", n)
	}
}

// What came with the first packet is parsed without waiting for more.
func TestWhatTheDoorHasReadIsParsedAtOnce(t *testing.T) {
	r := start(t, 2, Options{})
	r.serve(&lines{pinned: true})
	c := r.dial("@1\none\ntwo\nthree\n")
	for _, want := range []string{"one", "two", "three"} {
		c.want(want)
	}
	c = r.dial("@1\nbye\nignored\n")
	c.want("last words")
	c.wantEnd()
	c = r.dial("@1\nlast question\n")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.want("last question")
	c.wantEnd()
}

func TestALongFirstPacketIsNotReadForever(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{pinned: true})
	long := strings.Repeat("x", 2*firstMost)
	c := r.dial("")
	go c.Write([]byte(long + "\n"))
	c.want(long)
	if n := p.taken.Load(); n != int64(len(long)+1) {
		t.Errorf("the session got %d bytes", n)
	}
}

func TestASilentClientIsSentAway(t *testing.T) {
	r := start(t, 1, Options{DoorTimeout: 200 * time.Millisecond})
	r.serve(&lines{pinned: true})
	began := time.Now()
	silent, slow := r.dial(""), r.dial("")
	go func() { // each byte in time, all of them not
		for {
			if _, err := slow.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	silent.wantEnd()
	r.settle()
	if took := time.Since(began); took < 200*time.Millisecond || took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	if n := r.Count(reason.DoorTimeout); n != 2 {
		t.Errorf("door_timeout was counted %d times", n)
	}
}

func TestClientsThatLeaveTheDoorAreForgotten(t *testing.T) {
	r := start(t, 1, Options{})
	r.serve(&lines{pinned: true})
	for i := range 60 {
		c := r.dial([]string{"", "@"}[i%2])
		if i%3 == 0 {
			c.reset()
		} else {
			c.Close()
		}
	}
	r.settle()
	r.eventually("all to be counted", func() bool { return r.Count(reason.ClientClosed) == 60 })
	if n := len(r.door.silent.conns); n != 0 {
		t.Errorf("%d are still waited for", n)
	}
}

func TestAFullDoorTurnsClientsAway(t *testing.T) {
	r := start(t, 1, Options{MaxEntering: 3})
	r.serve(&lines{pinned: true})
	silent := []*client{r.dial(""), r.dial(""), r.dial("")}
	r.eventually("the door to be full", func() bool { return r.door.entering.Load() == 3 })
	for range 5 {
		if b, err := r.dial("").in.ReadByte(); err == nil {
			t.Errorf("a client too many was told %q", b)
		}
	}
	r.eventually("them to be counted", func() bool { return r.Count(reason.MaxHandshakes) == 5 })
	silent[0].send("@0\nhello\n")
	silent[0].want("hello")
	silent[1].Close()
	r.eventually("room at the door", func() bool { return r.door.entering.Load() == 1 })
	r.dial("@0\nhello\n").want("hello")
}

// The cost of a silent connection is bounded: there may be ten thousand.
func TestSilentClientsCostLittle(t *testing.T) {
	r := start(t, 1, Options{})
	r.serve(&lines{pinned: true})
	const clients = 500
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range clients {
		r.dial("")
	}
	r.eventually("all to be at the door", func() bool { return r.door.entering.Load() == clients })
	// The reads of all have said that there is nothing yet.
	time.Sleep(50 * time.Millisecond)
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	// The other end of each is in this process too, with a buffer of 64 KiB.
	const theirs = 64<<10 + 2<<10
	if each := int(after.HeapAlloc-before.HeapAlloc)/clients - theirs; each > 3<<10 {
		t.Errorf("a silent connection costs %d bytes of heap", each)
	}
}
