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
// value expects number 0.
type Ledger struct {
	next    uint64 // one more than the highest number that has come
	gone    uint64 // missing and forgotten
	horizon uint64 // numbers below it are forgotten
	missing []span // in order, all below next
	begun   bool
}

// span is the numbers from first to before end.
type span struct{ first, end uint64 }

// Begin makes l expect n first: what came before is none of its business. It
// does nothing once a message has come.
func (l *Ledger) Begin(n uint64) {
	if !l.begun {
		l.next, l.horizon, l.begun = n, n, true
	}
}

// Take enters the arrival of number n. It returns how many numbers are thereby
// settled, come or missed: a window may let as many others follow.
func (l *Ledger) Take(n uint64, t *Tally) (settled uint64) {
	l.begun = true
	if n == l.next {
		l.next++
		t.Received++
		return 1
	}
	return l.takeOther(n, t)
}

func (l *Ledger) takeOther(n uint64, t *Tally) (settled uint64) {
	if n > l.next {
		l.miss(span{l.next, n})
		settled = n + 1 - l.next
		l.next = n + 1
		t.Received++
		return settled
	}
	switch {
	case n < l.horizon:
		t.Old++
	case l.find(n):
		t.Received++
		t.Reordered++
	default:
		t.Duplicated++
	}
	return 0
}

func (l *Ledger) miss(s span) {
	if len(l.missing) == mostSpans {
		const half = mostSpans / 2
		for _, old := range l.missing[:half] {
			l.gone += old.end - old.first
		}
		l.horizon = l.missing[half-1].end
		l.missing = append(l.missing[:0], l.missing[half:]...)
	}
	l.missing = append(l.missing, s)
}

// find reports whether n was missing, and takes it from the missing ones.
func (l *Ledger) find(n uint64) bool {
	i := sort.Search(len(l.missing), func(i int) bool { return l.missing[i].end > n })
	if i == len(l.missing) || n < l.missing[i].first {
		return false
	}
	s := &l.missing[i]
	switch {
	case s.first+1 == s.end:
		l.missing = append(l.missing[:i], l.missing[i+1:]...)
	case n == s.first:
		s.first++
	case n+1 == s.end:
		s.end--
	default:
		rest := span{n + 1, s.end}
		s.end = n
		l.missing = append(l.missing, span{})
		copy(l.missing[i+2:], l.missing[i+1:])
		l.missing[i+1] = rest
	}
	return true
}

// Missing is how many numbers below the highest that came have not come.
func (l *Ledger) Missing() uint64 {
	n := l.gone
	for _, s := range l.missing {
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
