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

// A turn without the kernel's part in reading: what the engine adds.
func BenchmarkTurn(b *testing.B) {
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
		for b.Loop() {
			s.conn.lane.flush.turns = 0
			s.conn.traffic(in)
		}
	})
	<-done
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
