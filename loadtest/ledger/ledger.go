package ledger

import "sort"

// mostSpans bounds what one ledger remembers of missing messages. Beyond it the
// older half is taken for lost; one of its messages that comes after all is
// counted as Old, because nobody can say whether it came before.
const mostSpans = 1 << 16

// Tally counts what came, over any number of ledgers.
type Tally struct {
	Received   uint64 `json:"received"` // each message once
	Duplicated uint64 `json:"duplicated"`
	Reordered  uint64 `json:"reordered"` // came after one with a higher number
	Old        uint64 `json:"too_old_to_tell"`
}

// Add adds what another goroutine has counted.
func (t *Tally) Add(o Tally) {
	t.Received += o.Received
	t.Duplicated += o.Duplicated
	t.Reordered += o.Reordered
	t.Old += o.Old
}

// Ledger is the account of one sender's messages at one receiver. The zero
// value expects number 0. It is small while nothing is missing: there may be
// one for each pair of many senders and receivers.
type Ledger struct {
	next uint64 // one more than the highest number that has come
	gaps *gaps  // nil: nothing has ever been missing
}

// gaps is what has been missing.
type gaps struct {
	gone    uint64 // missing and forgotten
	horizon uint64 // numbers below it are forgotten
	missing []span // in order, all below next
}

// span is the numbers from first to before end.
type span struct{ first, end uint64 }

// From returns a ledger that expects n first: what came before is none of its
// business.
func From(n uint64) *Ledger { return &Ledger{next: n, gaps: &gaps{horizon: n}} }

// Take enters the arrival of number n. It returns how many numbers are thereby
// settled, come or missed: a window may let as many others follow.
func (l *Ledger) Take(n uint64, t *Tally) (settled uint64) {
	if n == l.next {
		l.next++
		t.Received++
		return 1
	}
	return l.takeOther(n, t)
}

func (l *Ledger) takeOther(n uint64, t *Tally) (settled uint64) {
	if l.gaps == nil {
		l.gaps = new(gaps)
	}
	if n > l.next {
		l.gaps.miss(span{l.next, n})
		settled = n + 1 - l.next
		l.next = n + 1
		t.Received++
		return settled
	}
	switch {
	case n < l.gaps.horizon:
		t.Old++
	case l.gaps.find(n):
		t.Received++
		t.Reordered++
	default:
		t.Duplicated++
	}
	return 0
}

func (g *gaps) miss(s span) {
	if len(g.missing) >= mostSpans {
		const half = mostSpans / 2
		for _, old := range g.missing[:half] {
			g.gone += old.end - old.first
		}
		g.horizon = g.missing[half-1].end
		g.missing = append(g.missing[:0], g.missing[half:]...)
	}
	g.missing = append(g.missing, s)
}

// find reports whether n was missing, and takes it from the missing ones.
func (g *gaps) find(n uint64) bool {
	i := sort.Search(len(g.missing), func(i int) bool { return g.missing[i].end > n })
	if i == len(g.missing) || n < g.missing[i].first {
		return false
	}
	s := &g.missing[i]
	switch {
	case s.first+1 == s.end:
		g.missing = append(g.missing[:i], g.missing[i+1:]...)
	case n == s.first:
		s.first++
	case n+1 == s.end:
		s.end--
	default:
		rest := span{n + 1, s.end}
		s.end = n
		g.missing = append(g.missing, span{})
		copy(g.missing[i+2:], g.missing[i+1:])
		g.missing[i+1] = rest
	}
	return true
}

// Missing is how many numbers below the highest that came have not come.
func (l *Ledger) Missing() uint64 {
	if l.gaps == nil {
		return 0
	}
	n := l.gaps.gone
	for _, s := range l.gaps.missing {
		n += s.end - s.first
	}
	return n
}

// Lost is how many of the numbers below sent have not come.
func (l *Ledger) Lost(sent uint64) uint64 {
	n := l.Missing()
	if sent > l.next {
		n += sent - l.next
	}
	return n
}

// Seen is one more than the highest number that has come.
func (l *Ledger) Seen() uint64 { return l.next }
