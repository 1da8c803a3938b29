package nats

import (
	"encoding/binary"
	"math/bits"
)

const usualVerb = "PUB "

// usualPub reads the control line that nearly all publishers write: PUB in
// upper case, single blanks, CR LF. It scans the line once. It returns the
// line's length with p.control filled in, or 0 for any other line, unfinished
// and wrong ones included, which takes the general way and leads to the same
// result there. in starts with usualVerb and p.control is not nil.
func (p *Parser) usualPub(in []byte) int {
	subject := span{int32(len(usualVerb)), int32(printableEnd(in, len(usualVerb)))}
	if subject.start == subject.end {
		return 0
	}
	var reply span
	end := int(subject.end)
	for {
		if end == len(in) || in[end] != ' ' {
			return 0
		}
		start := end + 1
		total := int32(0)
		for end = start; end < len(in) && end < start+maxDigits && in[end]-'0' <= 9; end++ {
			total = total*10 + int32(in[end]-'0')
		}
		if end+1 < len(in) && in[end] == '\r' && in[end+1] == '\n' && end > start {
			if end-len(usualVerb) > p.lim.ControlLine || int(total) > p.lim.Payload {
				return 0
			}
			c := p.control
			c.op, c.size, c.headers, c.total = OpPub, int32(end+2), 0, total
			c.subject, c.reply, c.sid = subject, reply, span{}
			return end + 2
		}
		if reply.end != 0 {
			return 0
		}
		end = printableEnd(in, end)
		if end == start {
			return 0
		}
		reply = span{int32(start), int32(end)}
	}
}

// printableEnd returns the index of the first byte of s[i:] that is not above
// the blank, len(s) if there is none. It looks at eight bytes at a time.
func printableEnd(s []byte, i int) int {
	const (
		ones = 0x0101010101010101
		high = 0x80 * ones
		next = (' ' + 1) * ones
	)
	for ; i+8 <= len(s); i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		// The lowest bit that is set marks the first such byte; higher ones may be
		// wrong, for the subtraction borrows.
		if low := (w - next) & ^w & high; low != 0 {
			return i + bits.TrailingZeros64(low)>>3
		}
	}
	for i < len(s) && s[i] > ' ' {
		i++
	}
	return i
}
