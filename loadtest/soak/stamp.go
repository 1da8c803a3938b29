package soak

import (
	"bytes"
	"fmt"
	"strconv"
)

// Stamp is what a payload says of itself: which publisher's message of which
// number it is. The numbers of a publisher go over all its subjects.
type Stamp struct {
	Publisher int
	Number    int
}

func (s Stamp) String() string { return fmt.Sprintf("p%d #%d", s.Publisher, s.Number) }

// AppendPayload appends a payload of about size bytes with s in front. Every
// byte of it can be checked.
func (s Stamp) AppendPayload(dst []byte, size int) []byte {
	start := len(dst)
	dst = strconv.AppendInt(dst, int64(s.Publisher), 10)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, int64(s.Number), 10)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, int64(size), 10)
	dst = append(dst, ' ')
	for fill := s.fill(); len(dst)-start < size; {
		dst = append(dst, fill)
	}
	return dst
}

func (s Stamp) fill() byte { return 'a' + byte(s.Number%26) }

// ParsePayload reads a payload and checks that all of it is as it was made.
func ParsePayload(p []byte) (s Stamp, ok bool) {
	rest := p
	number := func() int {
		text, after, found := bytes.Cut(rest, []byte{' '})
		n, err := strconv.Atoi(string(text))
		ok = ok && found && err == nil && n >= 0
		rest = after
		return n
	}
	ok = true
	s.Publisher, s.Number = number(), number()
	size := number()
	if !ok || len(p) != max(size, len(p)-len(rest)) {
		return s, false
	}
	fill := s.fill()
	for _, b := range rest {
		ok = ok && b == fill
	}
	return s, ok
}
