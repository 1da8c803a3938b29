package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
)

// started is a relay that says when it listens.
type started struct {
	*relay
	booted chan gnet.Engine
}

func (s started) OnBoot(e gnet.Engine) gnet.Action {
	s.booted <- e
	return gnet.None
}

// start runs r and returns a way to connect clients to it.
func start(t *testing.T, r *relay) (join func(id string) net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s, ended := started{r, make(chan gnet.Engine, 1)}, make(chan error, 1)
	go func() {
		ended <- gnet.Run(s, "tcp://"+addr, gnet.WithNumEventLoop(loops), gnet.WithReadBufferCap(readBuffer), gnet.WithLogLevel(logging.ErrorLevel))
	}()
	select {
	case e := <-s.booted:
		t.Cleanup(func() {
			if err := e.Stop(context.Background()); err != nil {
				t.Error(err)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	case err := <-ended:
		t.Fatal(err)
	}
	return func(id string) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp4", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		say(t, c, id+"\n")
		hear(t, c, answer)
		return c
	}
}

func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Errorf("%q, want %q, error %v", got, want, err)
	}
}

func TestToAll(t *testing.T) {
	join := start(t, newRelay())
	a, b, pub := join("sub000000"), join("sub000001"), join("pub000000")
	for i := range 3 {
		text := fmt.Sprintf("message %d", i)
		say(t, pub, text)
		hear(t, a, text)
		hear(t, b, text)
	}
}

func TestPairs(t *testing.T) {
	r := newRelay()
	r.pairs = true
	join := start(t, r)
	for _, number := range []string{"000000", "000001"} {
		sub, pub := join("sub"+number), join("pub"+number)
		say(t, pub, number)
		hear(t, sub, number)
	}
}

// TestFramesStayTogether cuts a frame of one publisher while another one sends.
func TestFramesStayTogether(t *testing.T) {
	r := newRelay()
	r.frame = 4
	join := start(t, r)
	sub, one, other := join("sub000000"), join("pub000000"), join("pub000001")
	say(t, one, "aaaabb")
	hear(t, sub, "aaaa")
	say(t, other, "cccc")
	hear(t, sub, "cccc")
	say(t, one, "bbddddee")
	hear(t, sub, "bbbbdddd")
	say(t, one, "e")
	say(t, other, "ffff")
	hear(t, sub, "ffff")
	say(t, one, "e")
	hear(t, sub, "eeee")
}
