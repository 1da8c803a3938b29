package nats

import "bytes"

// This file goes on with frames whose bytes come in more than one input. No
// byte is looked at twice, and only what the frame will alias is copied.

// resume dispatches on what was read before.
func (p *Parser) resume(in []byte, f *Frame) (int, error) {
	switch p.state {
	case stateGiven:
		p.dropScratch()
		p.state = stateStart
		return p.Next(in, f)
	case stateLetters:
		return p.moreLetters(in, f)
	case stateVerb:
		return p.afterVerb(in, 0, false, f)
	case stateIgnored:
		return p.ignored(in, 0, f)
	case stateBlanks:
		return p.arguments(in, 0, false, f)
	case stateArgs:
		return p.moreArgs(in, f)
	case statePayload:
		return p.morePayload(in, f)
	default:
		return 0, failures[p.failed]
	}
}

func (p *Parser) moreLetters(in []byte, f *Frame) (int, error) {
	for i, b := range in {
		p.letters[p.nLetter] = b
		p.nLetter++
		op, _, ok := matchVerb(p.role, p.letters[:p.nLetter])
		if !ok {
			return p.fail(ErrUnknownOperation)
		}
		if op != OpNone {
			p.op = op
			return p.afterVerb(in, i+1, false, f)
		}
	}
	return len(in), nil
}

// holdArgs begins or continues the arguments in scratch with part, which may
// end with LF.
func (p *Parser) holdArgs(part []byte) error {
	have := 0
	if p.scratch != nil {
		have = len(p.scratch.buf)
	}
	limit := p.lim.ControlLine
	// The first test bounds the scratch, the second is exact: the CR of the line
	// end may have come before part.
	if have+len(part) <= limit+len("\r\n") {
		p.reserve(have + len(part))
		buf := append(p.scratch.buf, part...)
		if trimEOL(buf, 0, len(buf)) <= limit {
			p.scratch.buf = buf
			p.state = stateArgs
			return nil
		}
	}
	_, err := p.fail(ErrControlLine)
	return err
}

func (p *Parser) moreArgs(in []byte, f *Frame) (int, error) {
	lf := bytes.IndexByte(in, '\n')
	if lf < 0 {
		return len(in), p.holdArgs(in)
	}
	took := lf + 1
	if err := p.holdArgs(in[:took]); err != nil {
		return 0, err
	}
	line := p.scratch.buf
	end := trimEOL(line, 0, len(line))
	p.state = stateGiven
	if !p.op.hasPayload() {
		return took, p.simple(line, 0, end, f)
	}
	if err := p.parseControl(line, 0, end, len(line)); err != nil {
		return p.fail(err)
	}
	n, err := p.body(line, in[took:], f)
	return took + n, err
}

// trusted is how much scratch a frame gets on its word. A larger one gets more
// as its bytes come in, at most twice of what is there, so that nobody can hold
// memory by declaring a size.
const trusted = 64 << 10

// room is how much scratch to have for a frame of need bytes in all, of which
// have are about to be there.
func room(have, need int) int {
	if need <= trusted {
		return need
	}
	return min(need, max(trusted, 2*have))
}

// holdLine puts the control line into scratch, if it is not there already, with
// room for the payload and its CR LF, or the beginning of a large one.
func (p *Parser) holdLine(line []byte) {
	need := len(line) + int(p.control.total) + 2
	inScratch := p.scratch != nil
	p.reserve(room(len(line), need))
	if !inScratch {
		p.scratch.buf = append(p.scratch.buf, line...)
	}
	p.state = statePayload
}

func (p *Parser) morePayload(in []byte, f *Frame) (int, error) {
	c := p.control
	end := int(c.size + c.total)
	have := len(p.scratch.buf)
	n := min(len(in), end+2-have)
	if have+n > cap(p.scratch.buf) {
		p.reserve(room(have+n, end+2))
	}
	buf := append(p.scratch.buf, in[:n]...)
	p.scratch.buf = buf
	have += n
	if have > end && buf[end] != '\r' || have == end+2 && buf[end+1] != '\n' {
		return p.fail(ErrUnknownOperation)
	}
	if have == end+2 {
		p.state = stateGiven
		c.fill(f, buf, buf[c.size:end], p.same)
	}
	return n, nil
}

// reserve makes p.scratch large enough for need bytes in all, keeping what is
// in it.
func (p *Parser) reserve(need int) {
	old := p.scratch
	if old != nil && cap(old.buf) >= need {
		return
	}
	p.scratch = getScratch(need)
	if old != nil {
		p.scratch.buf = append(p.scratch.buf, old.buf...)
		putScratch(old)
	}
}
