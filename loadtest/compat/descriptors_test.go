package e2e

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// Running out of file descriptors closes the door until there is room; it
// stops nobody who is inside.
func TestFileDescriptorsRunOut(t *testing.T) {
	t.Parallel()
	for _, lanes := range []string{"1", "4"} {
		t.Run("lanes="+lanes, func(t *testing.T) {
			t.Parallel()
			limited := []string{"bash", "-c", `ulimit -n 200; exec "$@"`, "bash"}
			s := startAs(t, limited, freePort(t), freePort(t), "--lanes", lanes)
			healthy := s.watch(t)

			var held []net.Conn
			t.Cleanup(func() {
				for _, c := range held {
					c.Close()
				}
			})
			for i := range 400 {
				addr, hello := s.nats, "PING\r\n"
				if i%2 == 0 {
					addr, hello = s.mqtt, mqttConnect(4, fmt.Sprint("fd", i), 0, "")
				}
				c, err := net.DialTimeout("tcp", addr, patience)
				must(t, err)
				_, _ = io.WriteString(c, hello) // refused ones may be closed already
				held = append(held, c)
			}
			s.log.waitFor(t, "accept_paused")
			if n := s.fds(); n > 200 {
				t.Errorf("%d descriptors", n)
			}
			time.Sleep(300 * time.Millisecond) // with the door shut
			for _, c := range held {
				c.Close()
			}
			held = nil
			for range 20 {
				eventually(t, "the door to open again", func() bool { return s.pings() })
			}
			s.mqtt5(t).sync(t)
			healthy.check(t)
			for range 100 { // well below the limit again: nobody is refused
				s.natsClient(t).Close()
			}
		})
	}
}

// pings says whether a new NATS connection is served.
func (s *server) pings() bool {
	c, err := net.DialTimeout("tcp", s.nats, time.Second)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(c, connect0+"PING\r\n")
	text := make([]byte, 4096)
	for have := 0; ; {
		n, err := c.Read(text[have:])
		if have += n; err != nil {
			return false
		}
		if have >= 6 && string(text[have-6:have]) == "PONG\r\n" {
			return true
		}
	}
}
