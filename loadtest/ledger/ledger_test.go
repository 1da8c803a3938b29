package ledger

import (
	"testing"

	"pgregory.net/rapid"
)

func TestStampComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Stamp{
			Run:    rapid.Uint16().Draw(t, "run"),
			Sender: rapid.Uint32Range(0, MaxSenders-1).Draw(t, "sender"),
			Number: rapid.Uint64Range(0, numberMask).Draw(t, "number"),
			Sent:   rapid.Int64Range(0, timeMask).Draw(t, "sent"),
		}
		b := make([]byte, Size+3)
		want.Put(b)
		if got, ok := Read(b); !ok || got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		if _, ok := Read(b[:Size-1]); ok {
			t.Fatal("a stamp that is cut was read")
		}
	})
}

// The time wraps every 78 hours; ages do not.
func TestAgeAcrossTheWrap(t *testing.T) {
	for _, sent := range []int64{0, 5, timeMask - 2, 1 << 60, 3<<timeBits - 1} {
		b := make([]byte, Size)
		Stamp{Sent: sent}.Put(b)
		s, _ := Read(b)
		for _, age := range []int64{0, 1, 1000, 3_600_000_000_000, -7} {
			if got := s.Age(sent + age); got != age {
				t.Errorf("sent at %d: age %d, want %d", sent, got, age)
			}
		}
	}
}

// A ledger must agree with the plain way: a set of all numbers.
func TestLedgerAgainstASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arrivals := rapid.SliceOf(rapid.Uint64Range(0, 60)).Draw(t, "arrivals")
		var l Ledger
		var got Tally
		var settled uint64
		var want Tally
		seen, highest := make(map[uint64]bool), -1
		for _, n := range arrivals {
			settled += l.Take(n, &got)
			switch {
			case seen[n]:
				want.Duplicated++
			case int(n) < highest:
				want.Received++
				want.Reordered++
			default:
				want.Received++
			}
			seen[n] = true
			highest = max(highest, int(n))
		}
		if got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
		if settled != uint64(highest+1) {
			t.Fatalf("%d settled, want %d", settled, highest+1)
		}
		sent := uint64(highest+1) + rapid.Uint64Range(0, 5).Draw(t, "tail")
		if lost := l.Lost(sent); lost != sent-uint64(len(seen)) {
			t.Fatalf("%d lost of %d, want %d", lost, sent, sent-uint64(len(seen)))
		}
	})
}

func TestFromForgivesWhatWasBefore(t *testing.T) {
	var c Tally
	l := From(100)
	l.Take(100, &c)
	l.Take(101, &c)
	l.Take(7, &c)
	if want := (Tally{Received: 2, Old: 1}); c != want || l.Lost(102) != 0 {
		t.Errorf("%+v and %d lost, want %+v and none", c, l.Lost(102), want)
	}
}

// When every other message of very many is missing, memory stays bounded and
// the losses are still all counted.
func TestLossBeyondMemory(t *testing.T) {
	var l Ledger
	var c Tally
	const sent = 4 * mostSpans
	for n := uint64(1); n < sent; n += 2 {
		l.Take(n, &c)
	}
	if got := l.Lost(sent); got != sent/2 {
		t.Errorf("%d lost, want %d", got, sent/2)
	}
	if len(l.gaps.missing) > mostSpans {
		t.Errorf("%d spans kept", len(l.gaps.missing))
	}
	l.Take(0, &c)      // forgotten
	l.Take(sent-2, &c) // remembered
	if want := (Tally{Received: sent/2 + 1, Reordered: 1, Old: 1}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
}

func TestTakeAlloc(t *testing.T) {
	var l Ledger
	var c Tally
	if n := testing.AllocsPerRun(1000, func() { l.Take(l.Seen(), &c) }); n != 0 {
		t.Errorf("%v allocations for a message in order", n)
	}
}
