package engine

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

func TestWhatIsSentComesBack(t *testing.T) {
	for _, lanes := range []int{1, 4} {
		t.Run(fmt.Sprintf("%d lanes", lanes), func(t *testing.T) {
			r := start(t, lanes, Options{})
			p := r.serve(&lines{})
			var clients []*client
			for range 3 * lanes {
				clients = append(clients, r.dial("hello\n"))
			}
			for i, c := range clients {
				c.want("hello")
				c.ask(fmt.Sprint("number ", i))
			}
			for i := range r.lanes {
				if n := r.lanes[i].load.Load(); n != 3 {
					t.Errorf("lane %d has %d connections, want 3", i, n)
				}
			}
			if n := r.Connections(); n != len(clients) {
				t.Errorf("%d connections, want %d", n, len(clients))
			}
			for _, c := range clients {
				c.Close()
			}
			r.settle()
			if got := p.endings(); got != fmt.Sprintf("client_closed=%d", len(clients)) {
				t.Errorf("sessions ended: %s", got)
			}
		})
	}
}

func TestAMegabyteComesBackThroughAnyReadBuffer(t *testing.T) {
	for _, buffer := range []int{1, 4 << 10, DefaultReadBuffer} {
		r := start(t, 1, Options{ReadBuffer: buffer})
		r.serve(&lines{raw: true})
		c := r.dial("")
		sent := random(1 << 20)
		go c.Write(sent)
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(c.in, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, sent) {
			t.Errorf("read buffer of %d: what came back differs", buffer)
		}
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	rnd := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

func TestPipelinedLinesAreAnsweredInOrder(t *testing.T) {
	r := start(t, 2, Options{})
	r.serve(&lines{})
	var all sync.WaitGroup
	for i := range 8 {
		c := r.dial("")
		all.Go(func() {
			var b strings.Builder
			for n := range 5000 {
				fmt.Fprintf(&b, "%d %d\n", i, n)
			}
			go io.WriteString(c, b.String())
			for n := range 5000 {
				if got, err := c.in.ReadString('\n'); got != fmt.Sprintf("%d %d\n", i, n) {
					t.Errorf("line %d: %q, %v", n, got, err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestAClientThatHalfClosesGetsAllAnswers(t *testing.T) {
	r := start(t, 2, Options{})
	p := r.serve(&lines{})
	for i := range 100 {
		c := r.dial("")
		var b strings.Builder
		for n := range 200 {
			fmt.Fprintf(&b, "line %d of %d\n", n, i)
		}
		c.send(b.String())
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c.in)
		if err != nil || string(got) != b.String() {
			t.Fatalf("run %d: %d of %d bytes came back, error %v", i, len(got), b.Len(), err)
		}
	}
	r.settle()
	if got := p.endings(); got != "client_closed=100" {
		t.Errorf("sessions ended: %s", got)
	}
}

// gnet closes a connection at the peer's FIN; what the kernel takes at once
// still leaves, in order, with no gap.
func TestWhatAHalfClosedClientGetsHasNoGap(t *testing.T) {
	r := start(t, 1, Options{})
	r.serve(&lines{})
	const size = 16 << 20
	c := r.dialSlow(fmt.Sprintf("fill %d\n", size))
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	r.settle()
	if err := c.filled(size); err != nil && err != io.EOF {
		t.Fatal(err)
	}
}

func TestNoInputIsLeftWithGnet(t *testing.T) {
	r := start(t, 1, Options{ReadBuffer: 4 << 10})
	p := r.serve(&lines{opened: make(chan *lineSession, 1)})
	c := r.dial(strings.Repeat("x", 100<<10))
	s := <-p.opened
	r.eventually("all input to be taken", func() bool { return p.taken.Load() == 100<<10 })
	r.on(0, func(*lane) {
		if n := s.conn.sock.InboundBuffered(); n != 0 {
			t.Errorf("gnet holds %d bytes of input", n)
		}
	})
	c.send("\n")
	c.want(strings.Repeat("x", 100<<10))
}
