package engine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/hub"
	"github.com/isthmus-mq/isthmus/reason"
)

// roleVariable makes the test binary a process with few descriptors.
const roleVariable = "ISTHMUS_ENGINE_TEST_ROLE"

// child runs a role in a process of its own, from the test of that name.
func child(t *testing.T, test, role string) (*exec.Cmd, io.WriteCloser, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, in, bufio.NewReader(out)
}

func limitDescriptors(n uint64) error {
	return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: n})
}

// hog opens descriptors until only free are left.
func hog(free int) (opened []int) {
	for {
		fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			break
		}
		opened = append(opened, fd)
	}
	for range min(free, len(opened)) {
		_ = unix.Close(opened[len(opened)-1])
		opened = opened[:len(opened)-1]
	}
	return opened
}

// serveWithFew is the child of the test below. It answers each line of its
// standard input with counters, and ends with the input.
func serveWithFew(hogged bool) error {
	if err := limitDescriptors(100); err != nil {
		return err
	}
	e, err := Start(Options{Hub: hub.New(hub.Options{Lanes: 2})})
	if err != nil {
		return err
	}
	if err := e.Listen("lines", "127.0.0.1:0", &lines{hub: e.opts.Hub}); err != nil {
		return err
	}
	fmt.Println(e.Addr("lines"), e.MaxConnections())
	if hogged {
		hog(30)
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println(e.Connections(), e.Count(reason.AcceptPaused), e.Count(reason.DescriptorsExhausted), e.Count(reason.EnrollFailed))
	}
	if err := e.Stop(); err != nil {
		return err
	}
	fmt.Println("stopped")
	return nil
}

func TestMoreClientsThanDescriptors(t *testing.T) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := serveWithFew(role == "hogged"); err != nil {
			fmt.Println(err)
		}
		os.Exit(0)
	}
	for _, role := range []string{"limited", "hogged"} {
		t.Run(role, func(t *testing.T) {
			cmd, in, out := child(t, "TestMoreClientsThanDescriptors", role)
			var addr string
			var limit int
			if _, err := fmt.Fscanln(out, &addr, &limit); err != nil {
				t.Fatal(err)
			}
			if limit != 50 {
				t.Errorf("the limit in force is %d, want half of the descriptors", limit)
			}
			counts := func() (inside, paused, exhausted, failed int) {
				fmt.Fprintln(in)
				if _, err := fmt.Fscanln(out, &inside, &paused, &exhausted, &failed); err != nil {
					t.Fatal(err)
				}
				return
			}
			const clients = 120
			served, left := serveAll(t, addr, clients)
			inside, paused, exhausted, failed := counts()
			t.Logf("%d served, %d wait, %d inside; paused %d, exhausted %d, failed %d", len(served), len(left), inside, paused, exhausted, failed)
			if len(served) == 0 || len(served) > limit {
				t.Errorf("%d of %d clients were served, the limit is %d", len(served), clients, limit)
			}
			if paused+exhausted+failed == 0 {
				t.Error("being out of descriptors is not counted")
			}
			for _, c := range served {
				c.ask("still here")
				c.Close()
			}
			// Those who waited come in now; who was cut meanwhile comes again.
			for _, c := range left {
				if _, err := c.in.Peek(len("hello\n")); err != nil {
					c.Close()
					c = dialTo(t, addr, "hello\n")
				}
				c.want("hello")
				c.Close()
			}
			_ = in.Close()
			rest, _ := io.ReadAll(out)
			if string(rest) != "stopped\n" {
				t.Errorf("the server ended with %q", rest)
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

// serveAll connects clients that stay, and tells which were answered within a
// moment and which wait. Those that are cut are neither.
func serveAll(t *testing.T, addr string, n int) (served, left []*client) {
	t.Helper()
	var all []*client
	for range n {
		nc, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		c := &client{nc.(*net.TCPConn), bufio.NewReader(nc), t}
		t.Cleanup(func() { c.Close() })
		all = append(all, c)
		_, _ = c.Write([]byte("hello\n"))
	}
	until := time.Now().Add(2 * time.Second)
	for _, c := range all {
		_ = c.SetDeadline(until)
		s, err := c.in.ReadString('\n')
		_ = c.SetDeadline(time.Now().Add(2 * patience))
		switch {
		case s == "hello\n":
			served = append(served, c)
		case os.IsTimeout(err):
			left = append(left, c)
		}
		if len(served) > 0 && time.Now().After(until) {
			until = time.Now().Add(10 * time.Millisecond)
		}
	}
	return served, left
}

// startWithFew starts an engine with ever more descriptors until that works,
// and looks after each failure at what is left of it.
func startWithFew() error {
	if err := limitDescriptors(64); err != nil {
		return err
	}
	for free := 0; ; free++ {
		hogged := hog(free)
		e, err := Start(Options{Hub: hub.New(hub.Options{Lanes: 2})})
		for _, fd := range hogged {
			_ = unix.Close(fd)
		}
		if _, err := unix.FcntlInt(0, unix.F_GETFD, 0); err != nil {
			return fmt.Errorf("with %d descriptors free, Start has closed the standard input", free)
		}
		if err == nil {
			for _, l := range e.lanes {
				if !l.epoll.known {
					fmt.Println("a lane does not know its epoll set, with", free, "descriptors free")
				}
			}
			return errors.Join(e.Stop(), leftOver(free))
		}
		if !errors.Is(err, unix.EMFILE) {
			return fmt.Errorf("with %d descriptors free: %w", free, err)
		}
		if err := leftOver(free); err != nil {
			return err
		}
	}
}

var openAtFirst = -1

// leftOver tells whether there are more descriptors open than at its first call.
func leftOver(free int) error {
	n := 64 - len(closeAll(hog(0)))
	if openAtFirst < 0 {
		openAtFirst = n
	}
	if n > openAtFirst {
		return fmt.Errorf("with %d descriptors free, Start has left %d open", free, n-openAtFirst)
	}
	return nil
}

func closeAll(fds []int) []int {
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
	return fds
}

func TestAFailedStartLeavesNothing(t *testing.T) {
	if os.Getenv(roleVariable) != "" {
		if err := startWithFew(); err != nil {
			fmt.Println(err)
		} else {
			fmt.Println("done")
		}
		os.Exit(0)
	}
	_, _, out := child(t, t.Name(), "start")
	rest, err := io.ReadAll(out)
	if err != nil || strings.TrimSpace(string(rest)) != "done" {
		t.Errorf("%s %v", rest, err)
	}
}

func TestTheRoomForConnectionsFollowsTheLimit(t *testing.T) {
	if os.Getenv(roleVariable) != "" {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 80, Max: 1000}); err != nil {
			fmt.Println(err)
		}
		room, entering := descriptorRoom(2, Options{}.withDefaults().Logger)
		var lim unix.Rlimit
		_ = unix.Getrlimit(unix.RLIMIT_NOFILE, &lim)
		fmt.Println(room, entering, lim.Cur)
		os.Exit(0)
	}
	_, _, out := child(t, t.Name(), "room")
	var room, entering, limit int
	if _, err := fmt.Fscanln(out, &room, &entering, &limit); err != nil {
		t.Fatal(err)
	}
	if kept := descriptorsAside + 2*(descriptorsPerLane+enteringMost); room != 1000-kept || entering != enteringMost || limit != 1000 {
		t.Errorf("room for %d connections, %d entering a lane, limit %d", room, entering, limit)
	}
}

// stormAtTheLimit fills a process to its limit while its only lane hangs, so
// that all who come in are entering at once. It tells where it listens, and
// lets the lane go on with the first line of its standard input.
func stormAtTheLimit() error {
	if err := limitDescriptors(400); err != nil {
		return err
	}
	e, err := Start(Options{Hub: hub.New(hub.Options{Lanes: 1})})
	if err != nil {
		return err
	}
	if err := e.Listen("lines", "127.0.0.1:0", &lines{hub: e.opts.Hub}); err != nil {
		return err
	}
	begun, end := make(chan struct{}), make(chan struct{})
	e.lanes[0].execute(func() {
		close(begun)
		<-end
	})
	<-begun
	fmt.Println(e.Addr("lines"), e.MaxConnections())
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() && e.Connections() < e.MaxConnections() {
		fmt.Println("not full")
	}
	fmt.Println("full")
	close(end)
	for in.Scan() {
		fmt.Println(e.Count(reason.EnrollFailed))
	}
	return e.Stop()
}

// Entering takes two descriptors for a moment. Those of very many that enter at
// once wait for each other; nobody is closed for want of the second.
func TestAStormAtTheLimitOfDescriptorsWaits(t *testing.T) {
	if os.Getenv(roleVariable) != "" {
		if err := stormAtTheLimit(); err != nil {
			fmt.Println(err)
		}
		os.Exit(0)
	}
	_, in, out := child(t, t.Name(), "storm")
	var addr string
	var limit int
	if _, err := fmt.Fscanln(out, &addr, &limit); err != nil {
		t.Fatal(err)
	}
	say := func() string {
		fmt.Fprintln(in)
		s, err := out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(s)
	}
	var clients []*client
	for range limit {
		clients = append(clients, dialTo(t, addr, "hello\n"))
	}
	if !within(patience, func() bool { return say() == "full" }) {
		t.Fatal("the server does not take in what it says it does")
	}
	for i, c := range clients {
		if s, err := c.in.ReadString('\n'); s != "hello\n" {
			t.Fatalf("client %d of %d: %q, %v", i, limit, s, err)
		}
	}
	if got := say(); got != "0" {
		t.Errorf("enroll_failed was counted %s times", got)
	}
}
