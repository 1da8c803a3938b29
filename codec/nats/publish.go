package nats

import "strconv"

// What a client sends: for load tools, tests and the backbone. The rules for
// arguments are those of deliver.go.

// AppendPub appends a whole PUB. An empty reply is left out.
func AppendPub(dst, subject, reply, payload []byte) []byte {
	dst = append(dst, "PUB "...)
	dst = appendDestination(dst, subject, reply)
	dst = appendSize(dst, len(payload))
	dst = append(dst, payload...)
	return append(dst, "\r\n"...)
}

// AppendHPub appends a whole HPUB; headers is a complete block.
func AppendHPub(dst, subject, reply, headers, payload []byte) []byte {
	dst = append(dst, "HPUB "...)
	dst = appendDestination(dst, subject, reply)
	dst = strconv.AppendUint(dst, uint64(len(headers)), 10)
	dst = append(dst, ' ')
	dst = appendSize(dst, len(headers)+len(payload))
	dst = append(dst, headers...)
	dst = append(dst, payload...)
	return append(dst, "\r\n"...)
}

// AppendSub appends SUB; without queue it is a plain subscription.
func AppendSub(dst, subject, queue, sid []byte) []byte {
	dst = append(dst, "SUB "...)
	dst = appendDestination(dst, subject, queue)
	dst = append(dst, sid...)
	return append(dst, "\r\n"...)
}

// AppendUnsub appends UNSUB; limit 0 ends the subscription at once.
func AppendUnsub(dst, sid []byte, limit int) []byte {
	dst = append(dst, "UNSUB "...)
	dst = append(dst, sid...)
	if limit > 0 {
		dst = append(dst, ' ')
		dst = strconv.AppendUint(dst, uint64(limit), 10)
	}
	return append(dst, "\r\n"...)
}

func appendDestination(dst, subject, second []byte) []byte {
	dst = append(dst, subject...)
	dst = append(dst, ' ')
	if len(second) == 0 {
		return dst
	}
	dst = append(dst, second...)
	return append(dst, ' ')
}
