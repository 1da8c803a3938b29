package injection

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/packets"
)

// patience is how long to wait for what must come.
const patience = 20 * time.Second

// gateway is a server of this process.
type gateway struct {
	sync.Once
	nats, mqtt string
	err        error
}

// strictly and loosely are with --strict-utf8 and without it.
var strictly, loosely gateway

// connect starts a server, once, and returns its addresses.
func connect(t testing.TB, strict bool) (nats, mqtt string) {
	g := &strictly
	if !strict {
		g = &loosely
	}
	g.Do(func() { g.err = g.start(strict) })
	if g.err != nil {
		t.Fatal(g.err)
	}
	return g.nats, g.mqtt
}

func (g *gateway) start(strict bool) error {
	dir, err := os.MkdirTemp("", "isthmus-injection-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := os.Getenv("ISTHMUS_BIN")
	if binary == "" {
		binary = filepath.Join(dir, "isthmus")
		build := exec.Command("go", "build", "-o", binary, "./cmd/isthmus")
		build.Dir = "../../.."
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	g.nats, g.mqtt = free(), free()
	go func() {
		runtime.LockOSThread() // the server dies with this thread, which never ends
		cmd := exec.Command(binary, "--nats", g.nats, "--mqtt", g.mqtt, "--lanes", "2", fmt.Sprint("--strict-utf8=", strict))
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		panic(fmt.Sprintf("the server has ended: %v", cmd.Run()))
	}()
	for _, addr := range []string{g.nats, g.mqtt} {
		for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			c, err := net.Dial("tcp", addr)
			if err == nil {
				c.Close()
				break
			}
			if time.Since(begun) > patience {
				return err
			}
		}
	}
	return nil
}

// free is an address that nobody listens on.
func free() string {
	for {
		addr := fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(20000))
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
}

// conn is a raw connection.
type conn struct {
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *conn {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return &conn{c, bufio.NewReader(c)}
}

// dialMQTT connects with MQTT 5 or 3.1.1 by hand and waits for the CONNACK.
func dialMQTT(t testing.TB, strict bool, version byte) *conn {
	_, addr := connect(t, strict)
	c := dial(t, addr)
	body := "\x00\x04MQTT" + string(version) + "\x02\x00\x00"
	if version == 5 {
		body += "\x00"
	}
	id := fmt.Sprintf("injection-%d", rand.Uint64())
	body += string([]byte{0, byte(len(id))}) + id
	c.send(t, append([]byte{0x10, byte(len(body))}, body...))
	head := make([]byte, 2)
	if _, err := io.ReadFull(c.r, head); err != nil || head[0] != 0x20 {
		t.Fatalf("no CONNACK: %x, %v", head, err)
	}
	rest := make([]byte, head[1])
	if _, err := io.ReadFull(c.r, rest); err != nil || rest[1] != 0 {
		t.Fatalf("CONNACK %x, %v", rest, err)
	}
	return c
}

// dialNATS connects by hand, taking headers.
func dialNATS(t testing.TB, strict bool) *conn {
	addr, _ := connect(t, strict)
	c := dial(t, addr)
	c.send(t, []byte("CONNECT {\"verbose\":false,\"headers\":true}\r\nPING\r\n"))
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "PONG") {
			return c
		}
	}
}

func (c *conn) send(t testing.TB, b []byte) {
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
}

// read5 reads the next packet with the parser of paho.golang.
func (c *conn) read5(t testing.TB) *packets.ControlPacket {
	_ = c.SetDeadline(time.Now().Add(patience))
	p, err := packets.ReadPacket(c.r)
	if err != nil {
		t.Fatalf("paho.golang: %v", err)
	}
	return p
}

// sentinels are names that no input has.
var (
	sentinelRoot = fmt.Sprintf("sentinel-%d", rand.Uint64())
	sentinels    int
)

func sentinel() string {
	sentinels++
	return fmt.Sprintf("%s-%d", sentinelRoot, sentinels)
}
