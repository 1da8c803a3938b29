package load

import (
	"bytes"
	"errors"
	"strings"
)

// renaming gives the publications of a batch other names each time that the
// batch has been sent. Names keep their length.
type renaming struct {
	at, size int               // where a publication has its name
	next     func(name []byte) // writes the next name over another
}

// rename finds the name in the publications of b, all of which are called
// subject, and gives them their first names.
func rename(b batch, subject string, next func(name []byte)) (*renaming, error) {
	first, _, _ := strings.Cut(subject, ".")
	at := bytes.Index(b.bytes[:b.size], []byte(first))
	if at < 0 {
		return nil, errors.New("publications do not hold their subject")
	}
	r := &renaming{at: at, size: len(subject), next: next}
	r.renew(b)
	return r, nil
}

func (r *renaming) renew(b batch) {
	for at := r.at; at < len(b.bytes); at += b.size {
		r.next(b.bytes[at : at+r.size])
	}
}

// uniqueExample is how names of a Flow with unique subjects look.
const uniqueExample = "bench.000000000"

// uniqueNames counts.
func uniqueNames() func(name []byte) {
	n := 0
	return func(name []byte) {
		putDigits(name[len(name)-9:], n)
		n++
	}
}

// putDigits writes n over all of dst, with zeros in front.
func putDigits(dst []byte, n int) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
}
