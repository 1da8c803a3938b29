package nats

// hasPayload reports that size, payload and CR LF belong to the operation.
func (o Op) hasPayload() bool {
	return o == OpPub || o == OpHPub || o == OpMsg || o == OpHMsg
}

// simple reads the arguments buf[start:end] of an operation that is no more
// than its line.
func (p *Parser) simple(buf []byte, start, end int, f *Frame) error {
	ok := true
	switch p.op {
	case OpSub:
		ok = f.sub(buf, start, end)
	case OpUnsub:
		ok = f.unsub(buf, start, end)
	case OpErr:
		if p.role == FromClient {
			_, err := p.fail(ErrClientErr)
			return err
		}
		f.Args = errText(buf[start:end])
	default:
		f.Args = buf[start:end]
	}
	if !ok {
		_, err := p.fail(ErrMalformed)
		return err
	}
	f.Op = p.op
	return nil
}

func (f *Frame) sub(buf []byte, start, end int) bool {
	var args [maxArgs]span
	n := splitArgs(&args, buf, start, end, true)
	if n != 2 && n != 3 {
		return false
	}
	f.Subject = args[0].of(buf)
	f.Queue = nil
	if n == 3 {
		f.Queue = args[1].of(buf)
	}
	f.SID = args[n-1].of(buf)
	return true
}

func (f *Frame) unsub(buf []byte, start, end int) bool {
	var args [maxArgs]span
	n := splitArgs(&args, buf, start, end, true)
	if n != 1 && n != 2 {
		return false
	}
	f.SID = args[0].of(buf)
	f.Max = 0
	if n == 2 {
		limit, _ := number(args[1].of(buf))
		f.Max = int(limit)
	}
	return true
}

// errText takes blanks around the text of -ERR away, and its quotes.
func errText(s []byte) []byte {
	for len(s) > 0 && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		s = s[1 : len(s)-1]
	}
	return s
}
