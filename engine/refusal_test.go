package engine

import (
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/isthmus-mq/isthmus/reason"
)

func TestAClientTooManyIsToldWhy(t *testing.T) {
	for _, pinned := range []bool{false, true} {
		t.Run(fmt.Sprintf("pinned %v", pinned), func(t *testing.T) {
			r := start(t, 2, Options{MaxConnections: 2})
			r.serve(&lines{pinned: pinned, refusal: "no room\n"})
			a, b := r.dial("@0\nhello\n"), r.dial("@1\nhello\n")
			a.want("hello")
			b.want("hello")
			for range 3 {
				c := r.dial("@0\nhello\n")
				c.want("no room")
				c.wantEnd()
				c.Close()
			}
			r.eventually("them to be counted", func() bool { return r.Count(reason.MaxConnections) == 3 })
			a.ask("still here")
			a.Close()
			r.eventually("room", func() bool { return r.Connections() == 1 })
			r.dial("@0\nhello\n").want("hello")
		})
	}
}

func TestARefusalWithoutWordsIsSilent(t *testing.T) {
	r := start(t, 1, Options{MaxConnections: 1})
	r.serve(&lines{})
	r.dial("").ask("hello")
	r.dial("").wantEnd()
	if n := r.Count(reason.MaxConnections); n != 1 {
		t.Errorf("max_connections was counted %d times", n)
	}
}

func TestARefusedClientThatStaysIsClosed(t *testing.T) {
	r := start(t, 1, Options{MaxConnections: 1, DoorTimeout: 200 * time.Millisecond})
	r.serve(&lines{pinned: true, refusal: "no room\n"})
	inside := r.dial("@0\n")
	inside.ask("hello")
	began := time.Now()
	r.dial("")             // says nothing
	c := r.dial("hello\n") // is told and does not close
	c.want("no room")
	go c.chatter(make(chan struct{}))
	r.eventually("them to be gone", func() bool { return r.Connections() == 1 })
	if took := time.Since(began); took > refusalTime+2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A refused client that takes its time to leave does not take a place.
func TestARefusedClientKeepsNobodyOut(t *testing.T) {
	r := start(t, 1, Options{MaxConnections: 2})
	p := r.serve(&lines{refusal: "no room\n"})
	a, b := r.dial(""), r.dial("")
	a.ask("hello")
	b.ask("hello")
	r.dial("").want("no room") // and stays
	a.Close()
	r.eventually("the session to end", func() bool { return p.closed[reason.ClientClosed].Load() == 1 })
	r.dial("").ask("hello")
}

func TestAStormOfConnectionsIsHeldAtTheLimit(t *testing.T) {
	const limit, storm = 20, 200
	r := start(t, 2, Options{MaxConnections: limit})
	r.serve(&lines{refusal: "no room\n"})
	var all sync.WaitGroup
	var mu sync.Mutex
	var in, out int
	for range storm {
		all.Go(func() {
			c := r.dial("hello\n")
			s, err := c.in.ReadString('\n')
			mu.Lock()
			defer mu.Unlock()
			switch s {
			case "hello\n":
				in++
			case "no room\n":
				out++
			default:
				t.Errorf("%q, %v", s, err)
			}
		})
	}
	all.Wait()
	if in != limit || out != storm-limit {
		t.Errorf("%d came in and %d were refused, want %d and %d", in, out, limit, storm-limit)
	}
	if n := r.Count(reason.MaxConnections); n > storm-limit {
		t.Errorf("max_connections was counted %d times", n)
	}
}

func TestTheLimitInForceIsTheLesserOne(t *testing.T) {
	r := start(t, 1, Options{MaxConnections: 7})
	if n := r.MaxConnections(); n != 7 {
		t.Errorf("the limit is %d", n)
	}
	r.door.room = 5
	if n := r.MaxConnections(); n != 5 {
		t.Errorf("the limit is %d", n)
	}
}

// Without descriptors for more, clients wait in the listener's queue, and come
// in when there is room.
func TestWithoutRoomClientsWaitOutside(t *testing.T) {
	r := start(t, 1, Options{})
	r.door.room = 2
	r.serve(&lines{})
	a, b := r.dial("hello\n"), r.dial("hello\n")
	a.want("hello")
	b.want("hello")
	waiting := r.dial("hello\n")
	r.eventually("the door to close", func() bool { return r.Count(reason.AcceptPaused) > 0 })
	time.Sleep(3 * lastWait)
	if n := r.Count(reason.AcceptPaused); n != 1 {
		t.Errorf("accept_paused was counted %d times for one time", n)
	}
	a.Close()
	waiting.want("hello")
	waiting.Close()
	b.Close()
	r.dial("hello\n").want("hello")
}

func TestAListenerWithoutRoomCanBeClosed(t *testing.T) {
	r := start(t, 1, Options{})
	r.door.room = 1
	r.serve(&lines{})
	c := r.dial("hello\n")
	c.want("hello")
	r.eventually("the door to close", func() bool { return r.Count(reason.AcceptPaused) > 0 })
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Unlisten("lines"); err != nil {
			t.Error(err)
		}
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		t.Error("Unlisten waits for room")
		c.Close()
		<-done
	}
	if _, err := c.Write([]byte("x")); err == nil {
		_, _ = io.WriteString(c, "\n")
	}
}
