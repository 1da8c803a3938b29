package engine

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestListenersComeAndGoWhileConnectionsStay(t *testing.T) {
	r := start(t, 2, Options{})
	if r.Addr("lines") != nil {
		t.Error("a listener that was never opened has an address")
	}
	r.serve(&lines{})
	r.serve(&lines{name: "pinned", pinned: true})
	old := r.dial("")
	old.ask("hello")
	pinned := dialTo(t, r.Addr("pinned").String(), "@1\nwhere\n")
	pinned.want("lane 1")
	addr := r.Addr("lines").String()
	if err := r.Unlisten("lines"); err != nil {
		t.Fatal(err)
	}
	if nc, err := net.Dial("tcp", addr); err == nil {
		nc.Close()
		t.Error("the closed listener still listens")
	}
	if r.Addr("lines") != nil {
		t.Error("a closed listener has an address")
	}
	old.ask("still here")
	pinned.ask("still here")
	if err := r.Listen("lines", addr, &lines{name: "lines", hub: r.opts.Hub}); err != nil {
		t.Fatalf("the same address again: %v", err)
	}
	r.dial("").ask("hello")
	old.ask("still here")
}

func TestAListenerNeedsANameOfItsOwnAndAFreePort(t *testing.T) {
	r := start(t, 1, Options{})
	p := r.serve(&lines{})
	if err := r.Listen("lines", "127.0.0.1:0", p); err == nil || !strings.Contains(err.Error(), "listener lines") {
		t.Errorf("the same name twice: %v", err)
	}
	err := r.Listen("other", r.Addr("lines").String(), p)
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "listener other") {
		t.Errorf("the same port twice: %v", err)
	}
	if r.Addr("other") != nil {
		t.Error("the listener that failed has an address")
	}
	if err := r.Listen("other", "127.0.0.1:0", p); err != nil {
		t.Errorf("its name is taken: %v", err)
	}
	if err := r.Listen("bad", "127.0.0.1:port", p); err == nil {
		t.Error("a bad address is listened on")
	}
	if err := r.Unlisten("nobody"); err == nil {
		t.Error("a listener that never was is closed")
	}
	r.dial("").ask("hello")
}

func TestListenersChangeWhileClientsConnect(t *testing.T) {
	r := start(t, 2, Options{})
	r.serve(&lines{})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 20 {
				p := &lines{name: fmt.Sprintf("extra %d", i), hub: r.opts.Hub}
				if err := r.Listen(p.name, "127.0.0.1:0", p); err != nil {
					t.Error(err)
					return
				}
				c := dialTo(t, r.Addr(p.name).String(), "")
				if n%2 == 0 {
					c.ask("hello")
				}
				if err := r.Unlisten(p.name); err != nil {
					t.Error(err)
				}
				c.Close()
			}
		})
		all.Go(func() {
			for range 50 {
				c := r.dial("")
				c.ask("hello")
				c.Close()
			}
		})
	}
	all.Wait()
}
