package engine

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// One message there and back, on one connection.
func BenchmarkEchoRoundTrip(b *testing.B) {
	for _, size := range []int{16, 1 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			r := start(b, 1, Options{})
			r.serve(&lines{raw: true})
			c := r.dial("")
			_ = c.SetDeadline(time.Time{})
			msg := make([]byte, size)
			b.SetBytes(int64(2 * size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Write(msg); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c.TCPConn, msg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A turn without reading from the kernel: what the engine adds, with a write
// for each turn and with one for many.
func BenchmarkTurn(b *testing.B) {
	for _, eager := range []bool{true, false} {
		b.Run(fmt.Sprintf("eager=%v", eager), func(b *testing.B) {
			r := start(b, 1, Options{})
			p := r.serve(&lines{opened: make(chan *lineSession, 1)})
			c := r.dial("")
			_ = c.SetDeadline(time.Time{})
			go func() { _, _ = io.Copy(io.Discard, c.TCPConn) }()
			s := <-p.opened
			in := []byte("sixteen bytes..\n")
			b.ReportAllocs()
			done := make(chan struct{})
			s.conn.lane.execute(func() {
				defer close(done)
				f := &s.conn.lane.flush
				for b.Loop() {
					f.eager, f.turns = eager, 0
					s.conn.traffic(in)
				}
			})
			<-done
		})
	}
}

// Connect, one round trip, close.
func BenchmarkConnect(b *testing.B) {
	for _, pinned := range []bool{false, true} {
		b.Run(fmt.Sprintf("pinned=%v", pinned), func(b *testing.B) {
			r := start(b, 1, Options{})
			r.serve(&lines{pinned: pinned})
			addr := r.Addr("lines").String()
			b.ReportAllocs()
			for b.Loop() {
				nc, err := net.Dial("tcp", addr)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.WriteString(nc, "@0\nhello\n")
				if _, err := io.ReadFull(nc, make([]byte, len("hello\n"))); err != nil {
					b.Fatal(err)
				}
				_ = nc.(*net.TCPConn).SetLinger(0)
				_ = nc.Close()
			}
		})
	}
}
