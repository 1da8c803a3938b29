package load

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// TestPushEndsOnAPublication fills a socket that takes parts of publications
// only, stops publishing, and drains it: what came is whole publications, as
// many as the publisher says.
func TestPushEndsOnAPublication(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := render(wire.NATS{}, []string{"a", "b"}, make([]byte, 1000), false, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &publisher{conn: &conn{fd: fds[0], dialect: wire.NATS{}}, batch: b}
	defer p.close()
	reader := &conn{fd: fds[1]}
	defer reader.close()

	const limit = 10_000 // ten MB: more than the socket holds
	for !p.blocked {
		if _, err := p.push(limit); err != nil {
			t.Fatal(err)
		}
	}
	came, buf := int64(0), make([]byte, 1<<20)
	for {
		in, err := reader.read(buf)
		if err == errAgain {
			p.blocked = false
			if moved, err := p.push(0); err != nil {
				t.Fatal(err)
			} else if !moved {
				break
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		came += int64(len(in))
	}
	if came%int64(p.size) != 0 || came/int64(p.size) != p.publications() {
		t.Errorf("%d bytes came for %d publications of %d", came, p.publications(), p.size)
	}
}
