package nats

import "bytes"

// headerVersion opens every header block.
const headerVersion = "NATS/1.0"

// HeaderIter walks over the lines of a raw header block with the leniency of
// nats.go (spec §8): lines end at LF, one CR before it is dropped, the block
// ends at an empty line or with its last byte. It allocates nothing; what it
// returns aliases the block.
type HeaderIter struct {
	rest      []byte
	malformed bool
}

// IterHeaders starts behind the first line of block. A first line that does not
// open with "NATS/1.0" makes the block malformed and empty.
func IterHeaders(block []byte) HeaderIter {
	first, rest := cutLine(block)
	if !bytes.HasPrefix(first, []byte(headerVersion)) {
		return HeaderIter{malformed: true}
	}
	return HeaderIter{rest: rest}
}

// Next returns the next pair, in the order of the block and with the key's case
// kept; a key may come several times. Blanks and TABs before the value are
// dropped. Lines with an empty key are skipped, and so are lines without ':',
// which make the block malformed.
func (it *HeaderIter) Next() (key, value []byte, ok bool) {
	for len(it.rest) > 0 {
		var line []byte
		line, it.rest = cutLine(it.rest)
		if len(line) == 0 {
			it.rest = nil
			break
		}
		colon := bytes.IndexByte(line, ':')
		if colon < 0 {
			it.malformed = true
			continue
		}
		if colon == 0 {
			continue
		}
		value = line[colon+1:]
		for len(value) > 0 && isBlank(value[0]) {
			value = value[1:]
		}
		return line[:colon], value, true
	}
	return nil, nil, false
}

// Malformed reports that nats.go would deliver the message with a header error
// because of what has been read so far.
func (it *HeaderIter) Malformed() bool { return it.malformed }

// statusDigits is the length of a status code.
const statusDigits = 3

// HeaderStatus returns the status in the first line of block, as in
// "NATS/1.0 503 No Responders"; 0 when there is none or it is no number. text
// aliases the block.
func HeaderStatus(block []byte) (code int, text []byte) {
	first, _ := cutLine(block)
	status, ok := bytes.CutPrefix(first, []byte(headerVersion))
	if !ok {
		return 0, nil
	}
	status = bytes.TrimSpace(status)
	if len(status) < statusDigits {
		return 0, nil
	}
	digits, ok := number(status[:statusDigits])
	if !ok {
		return 0, nil
	}
	return int(digits), bytes.TrimSpace(status[statusDigits:])
}

// cutLine splits s behind its first LF and takes the line end off the line.
func cutLine(s []byte) (line, rest []byte) {
	lf := bytes.IndexByte(s, '\n')
	if lf < 0 {
		return s, nil
	}
	return s[:trimEOL(s, 0, lf+1)], s[lf+1:]
}

// AppendHeaderStart begins a block without status.
func AppendHeaderStart(dst []byte) []byte {
	return append(dst, headerVersion+"\r\n"...)
}

// AppendHeaderLine appends one pair. CR and LF become blanks, as in nats.go, so
// no pair can bring in another; a key must not be empty nor contain ':'.
func AppendHeaderLine(dst, key, value []byte) []byte {
	dst = appendOneLine(dst, key)
	dst = append(dst, ": "...)
	dst = appendOneLine(dst, value)
	return append(dst, "\r\n"...)
}

// AppendHeaderEnd ends the block with its empty line.
func AppendHeaderEnd(dst []byte) []byte { return append(dst, "\r\n"...) }

func appendOneLine(dst, s []byte) []byte {
	start := len(dst)
	dst = append(dst, s...)
	for i, b := range dst[start:] {
		if b == '\r' || b == '\n' {
			dst[start+i] = ' '
		}
	}
	return dst
}
