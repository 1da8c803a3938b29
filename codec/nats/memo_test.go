package nats

import (
	"strings"
	"testing"
)

func TestSame(t *testing.T) {
	var p Parser
	p.Init(FromClient, nil)
	defer p.Release()
	var f Frame
	f1 := func(in string, want bool) {
		t.Helper()
		n, err := p.Next([]byte(in), &f)
		if n != len(in) || err != nil || f.Op == OpNone || f.Same != want {
			t.Errorf("%.80q: %d %v %s same=%v", in, n, err, f.Op, f.Same)
		}
		if f.Op == OpPub && want && string(f.Payload) != "hi" {
			t.Errorf("%.80q: %s", in, describe(&f))
		}
	}
	long := "PUB " + strings.Repeat("a", 300) + " 2\r\nhi\r\n"
	fits := "PUB " + strings.Repeat("a", memoSize-len("PUB  2\r\n")) + " 2\r\nhi\r\n"

	f1("PUB a 2\r\nhi\r\n", false)
	f1("PUB a 2\r\nhi\r\n", true)
	f1("PUB a 2\r\nhi\r\n", true)
	f1("PUB b 2\r\nhi\r\n", false)
	f1("PUB b r 2\r\nhi\r\n", false)
	f1("PUB b r 2\r\nhi\r\n", true)
	f1("PUB b r 3\r\nhi!\r\n", false)
	f1("pub b r 2\r\nhi\r\n", false)
	f1("pub b r 2\r\nhi\r\n", true)
	f1("HPUB b 0 2\r\nhi\r\n", false)
	f1("HPUB b 0 2\r\nhi\r\n", true)
	f1(fits, false)
	f1(fits, true)

	// A line that is not remembered ends the memo of the one before it.
	f1("PUB a 2\r\nhi\r\n", false)
	f1(long, false)
	f1(long, false)
	f1("PUB a 2\r\nhi\r\n", false)

	// Other operations leave it alone, and so may Idle not.
	f.Same = false
	if _, err := p.Next([]byte("SUB a 1\r\n"), &f); err != nil {
		t.Fatal(err)
	}
	f1("PUB a 2\r\nhi\r\n", true)
	p.Idle()
	f1("PUB a 2\r\nhi\r\n", false)
	f1("PUB a 2\r\nhi\r\n", true)
}

// A hit whose payload is split is still a hit, a split line is none and ends the
// memo.
func TestSameAcrossSplits(t *testing.T) {
	var p Parser
	p.Init(FromClient, nil)
	defer p.Release()
	var f Frame
	feed := func(parts ...string) bool {
		t.Helper()
		for _, part := range parts {
			if n, err := p.Next([]byte(part), &f); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if f.Op != OpPub || string(f.Subject) != "a" || string(f.Payload) != "hi" {
			t.Fatal(describe(&f))
		}
		return f.Same
	}
	feed("PUB a 2\r\nhi\r\n")
	if !feed("PUB a 2\r\nh", "i\r\n") {
		t.Error("split payload")
	}
	if !feed("PUB a 2\r\nhi\r\n") {
		t.Error("after a split payload")
	}
	if feed("PUB ", "a 2\r\nhi\r\n") {
		t.Error("split line")
	}
	if feed("PUB a 2\r\nhi\r\n") {
		t.Error("after a split line")
	}
}

func TestIdleKeepsSplitFrame(t *testing.T) {
	const in = "PUB a 2\r\nhi\r\nSUB b q 1\r\nPING\r\n"
	for cut := range len(in) {
		var p Parser
		p.Init(FromClient, nil)
		var f Frame
		frames := 0
		for _, part := range []string{in[:cut], in[cut:]} {
			for rest := []byte(part); ; {
				n, err := p.Next(rest, &f)
				if err != nil {
					t.Fatal(cut, err)
				}
				if f.Op == OpNone {
					break
				}
				frames++
				rest = rest[n:]
			}
			p.Idle()
		}
		if frames != 3 || p.scratch != nil || p.control != nil {
			t.Errorf("cut at %d: %d frames", cut, frames)
		}
	}
}

// Idle also takes the scratch of a frame that has been given out.
func TestIdleAfterSplitFrame(t *testing.T) {
	var p Parser
	p.Init(FromClient, nil)
	var f Frame
	for _, part := range []string{"PUB a 2\r\nh", "i\r\n"} {
		if _, err := p.Next([]byte(part), &f); err != nil {
			t.Fatal(err)
		}
	}
	p.Idle()
	if f.Op != OpPub || p.scratch != nil || p.control != nil {
		t.Error(f.Op, p.scratch, p.control)
	}
	if n, err := p.Next([]byte("PING\r\n"), &f); n != 6 || err != nil || f.Op != OpPing {
		t.Error(n, err, f.Op)
	}
}

func TestRelease(t *testing.T) {
	var p Parser
	p.Init(FromClient, nil)
	var f Frame
	if _, err := p.Next([]byte("PUB a 20\r\nhi"), &f); err != nil {
		t.Fatal(err)
	}
	p.Release()
	if p.scratch != nil || p.control != nil {
		t.Error("something is still held")
	}
	if _, err := p.Next([]byte("PING\r\n"), &f); err != ErrReleased {
		t.Error(err)
	}
	p.Release()
	p.Init(FromServer, nil)
	if _, err := p.Next([]byte("PING\r\n"), &f); err != nil || f.Op != OpPing {
		t.Error(f.Op, err)
	}
	p.Release()
}
