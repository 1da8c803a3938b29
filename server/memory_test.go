//go:build !race

package server

import (
	"fmt"
	"net"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/codec/mqtt"
)

// memoryInUse is what the process takes from Go's heap and for its stacks.
func memoryInUse() int64 {
	var ms runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&ms)
	return int64(ms.HeapAlloc + ms.StackInuse)
}

// TestConnectionMemoryBudget: an idle MQTT client with one subscription takes
// 2 KiB at most: its session, its connection, and what the event loop keeps. The
// other end is a bare descriptor in the same process, which takes nothing.
func TestConnectionMemoryBudget(t *testing.T) {
	const n, budget = 2000, 2048
	o := Defaults()
	o.NATS, o.MQTT, o.Lanes = "", "127.0.0.1:0", 1
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown(t.Context())
	to := &unix.SockaddrInet4{Port: s.Addr(ListenerMQTT).(*net.TCPAddr).Port, Addr: [4]byte{127, 0, 0, 1}}
	connect := func(i int) int {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			err = unix.Connect(fd, to)
		}
		if err != nil {
			t.Fatal(err)
		}
		c := mqtt.Connect{Version: mqtt.V311, ClientID: fmt.Appendf(nil, "device-%06d", i), CleanStart: true, KeepAlive: 60}
		say := mqtt.AppendConnect(nil, &c, nil)
		say = mqtt.AppendSubscribe(say, mqtt.V311, 1, nil,
			[]mqtt.Subscription{{Filter: fmt.Appendf(nil, "fleet/%06d/commands", i)}})
		if _, err := unix.Write(fd, say); err != nil {
			t.Fatal(err)
		}
		for got, answer := 0, make([]byte, 9); got < len(answer); { // CONNACK and SUBACK
			k, err := unix.Read(fd, answer[got:])
			if err != nil || k == 0 {
				t.Fatalf("client %d: %v after %d bytes", i, err, got)
			}
			got += k
		}
		return fd
	}
	fds := make([]int, 0, n+1)
	defer func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}()
	fds = append(fds, connect(n)) // what is made once
	before := memoryInUse()
	for i := range n {
		fds = append(fds, connect(i))
	}
	each := (memoryInUse() - before) / n
	t.Logf("%d bytes each", each)
	if each > budget {
		t.Errorf("%d bytes for each idle connection, budget %d", each, budget)
	}
}
