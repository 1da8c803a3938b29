package nats

// span is a piece of a control line, as offsets from the start of the buffer
// that holds it.
type span struct{ start, end int32 }

func (s span) of(buf []byte) []byte { return buf[s.start:s.end] }

// maxArgs is the largest number of arguments of any operation (HMSG).
const maxArgs = 5

// badArgs is what splitArgs returns for a line with a CR that is no separator.
const badArgs = -1

// splitArgs finds the arguments in buf[start:end]. It returns how many there
// are, maxArgs+1 for all counts above maxArgs. crSeparates: see the package
// comment.
func splitArgs(args *[maxArgs]span, buf []byte, start, end int, crSeparates bool) int {
	n := 0
	line := buf[:end]
	for i := start; ; {
		for i < len(line) && isSeparator(line[i]) {
			if line[i] == '\r' && !crSeparates {
				return badArgs
			}
			i++
		}
		if i == len(line) {
			return n
		}
		if n == maxArgs {
			return maxArgs + 1
		}
		first := i
		for i = printableEnd(line, i); i < len(line) && !isSeparator(line[i]); {
			i = printableEnd(line, i+1)
		}
		args[n] = span{int32(first), int32(i)}
		n++
	}
}

func isSeparator(b byte) bool { return b == ' ' || b == '\t' || b == '\r' }

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// maxDigits bounds numbers, so that they fit 32 bits.
const maxDigits = 9

// number reads 1 to 9 decimal digits; no sign, leading zeros allowed.
func number(s []byte) (v int32, ok bool) {
	if len(s) == 0 || len(s) > maxDigits {
		return 0, false
	}
	for _, b := range s {
		d := b - '0'
		if d > 9 {
			return 0, false
		}
		v = v*10 + int32(d)
	}
	return v, true
}
