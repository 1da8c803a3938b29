package engine

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/isthmus-mq/isthmus/reason"
)

func descriptors(t testing.TB) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

func TestComingAndGoingLeavesNothing(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{})
	r.dial("").ask("warm up")
	fds, goroutines := descriptors(t), runtime.NumGoroutine()
	const workers, each = 8, 250
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := range each {
				c := r.dial("hello\n")
				switch (w + n) % 5 {
				case 0: // leaves at once
				case 1:
					c.want("hello")
					c.send("bye\n")
					c.want("last words")
					c.wantEnd()
				case 2:
					c.want("hello")
					c.reset()
				case 3:
					c.send("fill 200000\n")
					c.reset()
				default:
					c.want("hello")
				}
				c.Close()
			}
		})
	}
	all.Wait()
	ended := func() (n int64) {
		for i := range p.closed {
			n += p.closed[i].Load()
		}
		return n
	}
	if !within(patience, func() bool { return ended() == workers*each }) {
		t.Errorf("%d sessions ended, want %d (%s)", ended(), workers*each, p.endings())
	}
	for i := range p.closed {
		if counted := r.Count(reason.ID(i)); int64(counted) != p.closed[i].Load() {
			t.Errorf("%s: counted %d times, %d sessions were told", reason.ID(i), counted, p.closed[i].Load())
		}
	}
	r.eventually("all connections but one to be gone", func() bool { return r.Connections() == 1 })
	r.eventually("descriptors to be closed", func() bool { return descriptors(t) <= fds })
	r.eventually("goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
	if n := p.closed[reason.ClientDisconnect].Load(); n != workers*each/5 {
		t.Errorf("%d said goodbye", n)
	}
}

func TestAnEngineCanStartAgainAndAgain(t *testing.T) {
	fds := descriptors(t)
	for i := range 20 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := start(t, 1+i%4, Options{})
			r.serve(&lines{})
			r.dial("").ask("hello")
		})
	}
	if n := descriptors(t); n > fds+2 {
		t.Errorf("%d descriptors, before %d", n, fds)
	}
}
