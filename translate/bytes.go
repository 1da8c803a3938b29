package translate

// class sorts the bytes of names. Everything that is not plain takes the
// slow path of the functions that read the table.
type class uint8

const (
	plain    class = iota
	dot            // separates tokens
	slash          // separates levels, introduces an escape in a token
	blank          // ends a field of a NATS control line
	control        // NUL..US and DEL
	asterisk       // '*' or '>': a wildcard when it is the whole token
	wildcard       // '+' or '#': never part of a topic
	high           // a byte of a multi-byte UTF-8 sequence
)

var classes = func() (t [256]class) {
	for c := range 0x20 {
		t[c] = control
	}
	for c := 0x80; c <= 0xFF; c++ {
		t[c] = high
	}
	t[0x7F], t[' '] = control, blank
	t['.'], t['/'] = dot, slash
	t['*'], t['>'] = asterisk, asterisk
	t['+'], t['#'] = wildcard, wildcard
	return t
}()

const upperHex = "0123456789ABCDEF"

// unhex returns the value of two upper-case hex digits.
func unhex(hi, lo byte) (byte, bool) {
	h, l := nibble(hi), nibble(lo)
	return h<<4 | l, h < 16 && l < 16
}

// nibble returns 0..15, or 16 for what is no upper-case hex digit.
func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}
