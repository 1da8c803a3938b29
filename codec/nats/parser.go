package nats

import "bytes"

// state names what has been read of the current frame.
type state uint8

const (
	// stateStart: nothing.
	stateStart state = iota
	// stateGiven: nothing, but the frame before is in scratch and still alive.
	stateGiven
	// stateLetters: some letters of the verb; they are in Parser.letters.
	stateLetters
	// stateVerb: the verb; a blank must follow.
	stateVerb
	// stateIgnored: the verb of PING, PONG or +OK; all is ignored up to LF.
	stateIgnored
	// stateBlanks: the verb and perhaps blanks, but no argument byte.
	stateBlanks
	// stateArgs: a part of the arguments; it is in scratch.
	stateArgs
	// statePayload: the control line, and a part of the payload and its CR LF;
	// all is in scratch, described by Parser.control.
	statePayload
	// stateFailed: an error; it is in Parser.failed.
	stateFailed
)

// failures are what a parser fails with, by Parser.failed.
var failures = [...]error{ErrUnknownOperation, ErrControlLine, ErrMaxPayload, ErrMalformed, ErrHeaders, ErrClientErr, ErrReleased}

// Parser cuts a byte stream into frames. Call Init before use. It is owned by
// one connection and not safe for concurrent use.
type Parser struct {
	lim     *Limits
	control *control // nil until the first frame with a payload
	scratch *scratch // nil unless a frame is, or just was, split

	memo    uint16 // length of the remembered line in control.text, 0 = none
	state   state
	role    Role
	op      Op   // the verb that was read
	same    bool // Frame.Same of the frame in scratch
	noHPub  bool // TakeHeaders(false)
	nLetter uint8
	failed  uint8 // place in failures
	letters [maxVerb]byte
}

// Init makes p ready for a new stream. lim nil means the defaults.
func (p *Parser) Init(role Role, lim *Limits) {
	p.Release()
	if lim == nil {
		lim = &defaultLimits
	}
	*p = Parser{lim: lim, role: role}
}

// TakeHeaders says whether HPUB may come from now on, which at first it may;
// otherwise its control line is ErrHeaders.
func (p *Parser) TakeHeaders(yes bool) { p.noHPub, p.memo = !yes, 0 }

// Next reads one frame from the start of in into f and returns how many bytes
// it took. f.Op == OpNone with a nil error means that all of in was taken and
// more is needed. With an error f.Op is OpNone and the count means nothing;
// every later call returns the same error.
//
// Call it until it answers OpNone, also when in has become empty: this call
// gives back the scratch of a frame that had been split. What follows a verb
// is judged as early as possible, so errors may come before the line is whole.
func (p *Parser) Next(in []byte, f *Frame) (int, error) {
	f.Op = OpNone
	if p.state != stateStart {
		return p.resume(in, f)
	}
	if n := int(p.memo); n != 0 && len(in) >= n && string(in[:n]) == string(p.control.text[:n]) {
		p.same = true
		took, err := p.body(in, in[n:], f)
		return n + took, err
	}
	if p.control != nil && len(in) >= len(usualVerb) && string(in[:len(usualVerb)]) == usualVerb && p.role == FromClient {
		if size := p.usualPub(in); size != 0 {
			p.remember(in[:size])
			took, err := p.body(in, in[size:], f)
			return size + took, err
		}
	}
	if len(in) == 0 {
		return 0, nil
	}
	op, n, ok := matchVerb(p.role, in)
	if !ok {
		return p.fail(ErrUnknownOperation)
	}
	if op == OpNone {
		p.nLetter = uint8(copy(p.letters[:], in))
		p.state = stateLetters
		return len(in), nil
	}
	p.op = op
	return p.afterVerb(in, n, true, f)
}

// Repeats tells how many of the frames that in begins with, which is what
// follows the frame that Next has just returned, are whole and have exactly the
// control line of that one, and how long each is. The caller may skip any number
// of them, whose payloads it finds stride bytes apart behind that of the frame.
func (p *Parser) Repeats(in []byte) (count, stride int) {
	n := int(p.memo)
	if p.state != stateStart || n == 0 {
		return 0, 0
	}
	line := p.control.text[:n]
	stride = n + int(p.control.total) + 2
	for len(in) >= stride && in[stride-2] == '\r' && in[stride-1] == '\n' && string(in[:n]) == string(line) {
		in = in[stride:]
		count++
	}
	return count, stride
}

// Idle gives back what an idle connection need not hold, above all the memo.
// A split frame in the making is kept; the last Frame dies.
func (p *Parser) Idle() {
	if p.state == stateGiven {
		p.dropScratch()
		p.state = stateStart
	}
	if p.state != statePayload {
		p.dropControl()
	}
}

// Release gives back everything, a split frame included, because the connection
// is gone. Next then returns ErrReleased until Init.
func (p *Parser) Release() {
	p.dropScratch()
	p.dropControl()
	_, _ = p.fail(ErrReleased)
}

func (p *Parser) dropScratch() {
	if p.scratch != nil {
		putScratch(p.scratch)
		p.scratch = nil
	}
}

func (p *Parser) dropControl() {
	if p.control != nil {
		putControl(p.control)
		p.control, p.memo = nil, 0
	}
}

func (p *Parser) fail(err error) (int, error) {
	p.dropScratch()
	p.state = stateFailed
	for i := range failures {
		if failures[i] == err {
			p.failed = uint8(i)
		}
	}
	return 0, err
}

// afterVerb goes on behind the verb, at in[i]. whole: the verb is the start of
// in, so the line can be remembered.
func (p *Parser) afterVerb(in []byte, i int, whole bool, f *Frame) (int, error) {
	if p.op.bare() {
		return p.ignored(in, i, f)
	}
	if !p.op.takesJSON() {
		if i == len(in) {
			p.state = stateVerb
			return i, nil
		}
		if !isBlank(in[i]) {
			return p.fail(ErrUnknownOperation)
		}
		i++
	}
	return p.arguments(in, i, whole, f)
}

// ignored skips in[i:] up to LF.
func (p *Parser) ignored(in []byte, i int, f *Frame) (int, error) {
	lf := bytes.IndexByte(in[i:], '\n')
	if lf < 0 {
		p.state = stateIgnored
		return len(in), nil
	}
	p.state = stateStart
	f.Op = p.op
	return i + lf + 1, nil
}

// arguments goes on behind the verb and its blank. Further blanks are not
// arguments: they count for no limit and are never stored.
func (p *Parser) arguments(in []byte, i int, whole bool, f *Frame) (int, error) {
	for i < len(in) && isBlank(in[i]) {
		i++
	}
	if i == len(in) {
		p.state = stateBlanks
		return i, nil
	}
	lf := bytes.IndexByte(in[i:], '\n')
	if lf < 0 {
		return len(in), p.holdArgs(in[i:])
	}
	size := i + lf + 1
	end := trimEOL(in, i, size)
	if end-i > p.lim.ControlLine {
		return p.fail(ErrControlLine)
	}
	p.state = stateStart
	if !p.op.hasPayload() {
		return size, p.simple(in, i, end, f)
	}
	if err := p.parseControl(in, i, end, size); err != nil {
		return p.fail(err)
	}
	if whole {
		p.remember(in[:size])
	}
	n, err := p.body(in, in[size:], f)
	return size + n, err
}

// trimEOL returns where the arguments buf[start:end] end without LF and without
// one CR before it.
func trimEOL(buf []byte, start, end int) int {
	if end > start && buf[end-1] == '\n' {
		end--
	}
	if end > start && buf[end-1] == '\r' {
		end--
	}
	return end
}

// remember makes line the memo; p.control describes it.
func (p *Parser) remember(line []byte) {
	p.memo, p.same = 0, false
	if len(line) <= memoSize {
		p.memo = uint16(copy(p.control.text[:], line))
	}
}

// parseControl reads the control line of an operation with a payload. size:
// see control.
func (p *Parser) parseControl(buf []byte, start, end, size int) error {
	if p.control == nil {
		p.control = getControl()
	}
	p.memo, p.same = 0, false
	if p.noHPub && p.op == OpHPub {
		return ErrHeaders
	}
	p.control.size = int32(size)
	return p.control.parse(p.op, buf, start, end, p.lim.Payload)
}

// body reads the payload of p.control from rest. line is the buffer that the
// control line is in: the input before rest, or scratch.
func (p *Parser) body(line, rest []byte, f *Frame) (int, error) {
	c := p.control
	total := int(c.total)
	if len(rest) < total+2 {
		p.holdLine(line[:c.size])
		return p.morePayload(rest, f)
	}
	if rest[total] != '\r' || rest[total+1] != '\n' {
		return p.fail(ErrUnknownOperation)
	}
	c.fill(f, line, rest[:total], p.same)
	return total + 2, nil
}
