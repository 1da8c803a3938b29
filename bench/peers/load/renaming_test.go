package load

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// TestNoSubjectComesTwice publishes several batches and reads what came.
func TestNoSubjectComesTwice(t *testing.T) {
	f := func(d wire.Dialect, subject string) {
		t.Helper()
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		server := &conn{fd: fds[1]}
		b, err := render(d, []string{uniqueExample}, []byte("payload"), false, 0)
		if err != nil {
			t.Fatal(err)
		}
		pub := &publisher{conn: &conn{fd: fds[0], dialect: d}, batch: b}
		defer pub.close()
		defer server.close()
		if pub.renaming, err = rename(b, uniqueExample, uniqueNames()); err != nil {
			t.Fatal(err)
		}
		count := int64(3*b.count() + 7)
		var got []byte
		for buf := make([]byte, 1<<20); ; {
			if _, err := pub.push(count - pub.publications()); err != nil {
				t.Fatal(err)
			}
			pub.blocked = false // tried again at once
			in, err := server.read(buf)
			if err == errAgain {
				if pub.sent == count*int64(b.size) {
					break
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, in...)
		}
		for i := range int(count) {
			want := d.Publish(nil, fmt.Sprintf(subject, i), 0, []byte("payload"))
			if one := got[i*b.size : (i+1)*b.size]; !bytes.Equal(one, want) {
				t.Fatalf("publication %d is %q, want %q", i, one, want)
			}
		}
	}
	f(wire.NATS{}, "bench.%09d")
	f(wire.MQTT{}, "bench.%09d")
}

// TestIndexNames looks at what subscriptions ask for and publications are called.
func TestIndexNames(t *testing.T) {
	f := func(n int, name, filter string) {
		t.Helper()
		got := []byte(indexExample)
		indexName(got, n)
		if string(got) != name || indexFilter(n) != filter {
			t.Errorf("%d: %s and %s, want %s and %s", n, got, indexFilter(n), name, filter)
		}
	}
	f(0, "dev.0000.s000000.temp", "dev.0000.s000000.temp")
	f(123456, "dev.1234.s123456.temp", "dev.1234.s123456.temp")
	f(999999, "dev.9999.s999999.temp", "dev.9999.s999999.*")
}
