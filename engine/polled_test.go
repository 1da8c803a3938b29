package engine

import (
	"fmt"
	"testing"
	"time"
)

// stalled is a client that does not read, with more output than the kernel and
// gnet together take.
func (r *rig) stalled(p *lines, size int) (*client, *lineSession) {
	r.t.Helper()
	c := r.dialSlow(fmt.Sprintf("fill %d\n", size))
	s := <-p.opened
	r.eventually("output to pile up", func() (waits bool) {
		r.on(0, func(*lane) { waits = s.conn.out.Len() > 0 })
		return waits
	})
	return c, s
}

func TestAStalledConnectionIsPolledOnce(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c, _ := r.stalled(p, 16<<20)
	for end := time.Now().Add(30 * pollEvery); time.Now().Before(end); time.Sleep(time.Millisecond) {
		r.on(0, func(l *lane) {
			if n := len(l.polled.conns); n > 1 {
				t.Errorf("one connection is %d times on the list of connections to poll", n)
			}
		})
		if t.Failed() {
			c.reset()
			return
		}
	}
	if err := c.filled(16 << 20); err != nil {
		t.Fatal(err)
	}
	c.ask("all of it")
}
