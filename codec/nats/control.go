package nats

import "sync"

// memoSize bounds the control lines that are remembered, in bytes with their
// LF.
const memoSize = 256

// control is the parsed control line of the last PUB, HPUB, MSG or HMSG. It is
// borrowed at the first of them and given back by Idle and Release. While the
// payload is being collected it describes the frame in the making, afterwards
// it is the memo with which the next control line is compared.
type control struct {
	op Op
	// size is the length of what precedes the payload in the buffer that the
	// spans refer to: the line with its LF, less a verb that came with an
	// earlier input.
	size                int32
	subject, reply, sid span // end 0 = absent
	headers             int32
	total               int32 // headers + payload, in bytes
	text                [memoSize]byte
}

// parse reads the arguments buf[start:end] of op. Only ErrMaxPayload depends on
// the limit, and it comes last: a malformed line is malformed whatever its size.
func (c *control) parse(op Op, buf []byte, start, end, maxPayload int) error {
	var args [maxArgs]span
	n := splitArgs(&args, buf, start, end, false)

	// Subject and SID lead, one or two numbers close the line, and a reply may
	// stand between them.
	lead, numbers := 1, 1
	if op == OpMsg || op == OpHMsg {
		lead = 2
	}
	if op == OpHPub || op == OpHMsg {
		numbers = 2
	}
	switch n {
	case lead + numbers:
		c.reply = span{}
	case lead + numbers + 1:
		c.reply = args[lead]
	default:
		return ErrMalformed
	}
	c.op, c.subject, c.sid = op, args[0], span{}
	if lead == 2 {
		c.sid = args[1]
	}

	var ok bool
	if c.total, ok = number(args[n-1].of(buf)); !ok {
		return ErrMalformed
	}
	c.headers = 0
	if numbers == 2 {
		c.headers, ok = number(args[n-2].of(buf))
		if !ok || c.headers > c.total {
			return ErrMalformed
		}
	}
	if int(c.total) > maxPayload {
		return ErrMaxPayload
	}
	return nil
}

// fill makes f the frame whose control line is at the start of line and whose
// header block and payload are body.
func (c *control) fill(f *Frame, line, body []byte, same bool) {
	f.Op, f.Same = c.op, same
	f.Subject = c.subject.of(line)
	f.Reply = nil
	if c.reply.end != 0 {
		f.Reply = c.reply.of(line)
	}
	if c.op == OpPub {
		f.Headers, f.Payload = nil, body
		return
	}
	if c.op == OpHPub || c.op == OpHMsg {
		f.Headers = body[:c.headers]
	} else {
		f.Headers = nil
	}
	f.Payload = body[c.headers:]
	if c.sid.end != 0 {
		f.SID = c.sid.of(line)
	}
}

var controls sync.Pool

func getControl() *control {
	if c, _ := controls.Get().(*control); c != nil {
		return c
	}
	return new(control)
}

func putControl(c *control) { controls.Put(c) }
