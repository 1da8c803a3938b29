//go:build !race

package server

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// footprint is what this process needs for what is alive: the heap, and what the
// runtime keeps beside it, such as stacks, spans and the collector's bitmaps.
type footprint struct{ heap, beside int64 }

func measureFootprint() footprint {
	var ms runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&ms)
	return footprint{
		heap:   int64(ms.HeapAlloc),
		beside: int64(ms.StackInuse + ms.MSpanInuse + ms.MCacheInuse + ms.BuckHashSys + ms.GCSys + ms.OtherSys),
	}
}

// dial opens a connection of which this process's heap knows nothing, says
// hello, and waits for an answer that ends as told.
func dial(t *testing.T, to *net.TCPAddr, hello []byte, end string) (fd int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	patience := unix.Timeval{Sec: 20}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &patience); err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: to.Port}); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(fd, hello); err != nil {
		t.Fatal(err)
	}
	var buf [4096]byte
	for n := 0; !strings.HasSuffix(string(buf[:n]), end); {
		m, err := unix.Read(fd, buf[n:])
		if err != nil || m == 0 {
			t.Fatalf("after %q: %v", buf[:n], os.NewSyscallError("read", err))
		}
		n += m
	}
	return fd
}

// TestIdleConnectionMemoryBudget: what a connection with one subscription takes
// over real sockets, with gnet, the engine, the session, the hub and the trie. The
// kernel's part is not in it.
func TestIdleConnectionMemoryBudget(t *testing.T) {
	const (
		first, more = 500, 4000 // what the first make is not the others'
		// floor is that of the comparison, for resident memory: what is alive, and
		// the garbage that cmd/isthmus lets stand beside it (gcPercent).
		floor, gcPercent = 2048, 50
		// noise is what the runtime takes in steps beside the heap, and what the
		// size of tables at the moment makes: they double.
		noise = 128
		// live is what is alive alone. It hardly varies.
		live = 1280
	)
	o := Defaults()
	o.NATS, o.MQTT, o.Lanes = "127.0.0.1:0", "127.0.0.1:0", 1
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown(t.Context())
	for _, c := range []struct {
		listener, end string
		hello         func(i int) []byte
	}{
		{ListenerNATS, "PONG\r\n", func(i int) []byte {
			return fmt.Appendf(nil, "CONNECT {}\r\nSUB fleet.%06d.commands 1\r\nPING\r\n", i)
		}},
		{ListenerMQTT, "\x90\x03\x00\x01\x00", func(i int) []byte {
			hello := mqtt.AppendConnect(nil, &mqtt.Connect{
				Version: mqtt.V311, CleanStart: true, KeepAlive: 60, ClientID: fmt.Appendf(nil, "device-%06d", i),
			}, nil)
			return mqtt.AppendSubscribe(hello, mqtt.V311, 1, nil, []mqtt.Subscription{{Filter: fmt.Appendf(nil, "fleet/%06d/commands", i)}})
		}},
	} {
		to := s.Addr(c.listener).(*net.TCPAddr)
		clients := make([]int, 0, first+more)
		grow := func(n int) footprint {
			for range n {
				clients = append(clients, dial(t, to, c.hello(len(clients)), c.end))
			}
			return measureFootprint()
		}
		before := grow(first)
		after := grow(more)
		if n := s.Subscriptions(); n != first+more {
			t.Fatalf("%s: %d subscriptions", c.listener, n)
		}
		heap, beside := (after.heap-before.heap)/more, (after.beside-before.beside)/more
		resident := heap*(100+gcPercent)/100 + beside
		t.Logf("%s: %d bytes of heap and %d beside it, %d resident with garbage", c.listener, heap, beside, resident)
		if heap > live {
			t.Errorf("%s: %d bytes are alive for each idle connection, budget %d", c.listener, heap, live)
		}
		if resident > floor+noise {
			t.Errorf("%s: %d bytes for each idle connection, budget %d", c.listener, resident, floor+noise)
		}
		for _, fd := range clients {
			unix.Close(fd)
		}
		for deadline := time.Now().Add(20 * time.Second); s.Connections() > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d connections are left", c.listener, s.Connections())
			}
		}
	}
}
