package nats

import "strconv"

// What a server sends. Encoders append to dst and return it; they keep nothing.
// Arguments are written as they are, so they must be free of blanks, TABs, CR
// and LF, as everything is that a Parser gave out as an argument. A sid may be
// kept as a string or as bytes.

type text interface{ ~string | ~[]byte }

// Complete lines without arguments; PING and PONG go both ways.
const (
	OK   = "+OK\r\n"
	Ping = "PING\r\n"
	Pong = "PONG\r\n"
)

// AppendMsg appends a whole MSG. An empty reply is left out.
func AppendMsg[S text](dst, subject []byte, sid S, reply, payload []byte) []byte {
	dst = AppendMsgLine(dst, subject, sid, reply, len(payload))
	dst = append(dst, payload...)
	return append(dst, "\r\n"...)
}

// AppendMsgLine appends the control line of MSG. The caller appends size bytes
// of payload and CR LF.
func AppendMsgLine[S text](dst, subject []byte, sid S, reply []byte, size int) []byte {
	dst = append(dst, "MSG "...)
	dst = appendRoute(dst, subject, sid, reply)
	return appendSize(dst, size)
}

// AppendHMsg appends a whole HMSG; headers is a complete block.
func AppendHMsg[S text](dst, subject []byte, sid S, reply, headers, payload []byte) []byte {
	dst = AppendHMsgLine(dst, subject, sid, reply, len(headers), len(headers)+len(payload))
	dst = append(dst, headers...)
	dst = append(dst, payload...)
	return append(dst, "\r\n"...)
}

// AppendHMsgLine appends the control line of HMSG. The caller appends total
// bytes, the first headers of which are the header block, and CR LF.
func AppendHMsgLine[S text](dst, subject []byte, sid S, reply []byte, headers, total int) []byte {
	dst = append(dst, "HMSG "...)
	dst = appendRoute(dst, subject, sid, reply)
	dst = strconv.AppendUint(dst, uint64(headers), 10)
	dst = append(dst, ' ')
	return appendSize(dst, total)
}

// AppendErr appends -ERR 'text'. The text is one of spec §5.
func AppendErr(dst []byte, text string) []byte {
	dst = append(dst, "-ERR '"...)
	dst = append(dst, text...)
	return append(dst, "'\r\n"...)
}

const (
	noResponders       = "NATS/1.0 503\r\nNats-Subject: "
	noRespondersSize   = len(noResponders) + len(headerEnd)
	headerEnd          = "\r\n\r\n"
	noRespondersFinish = headerEnd + "\r\n"
)

// AppendNoResponders appends the whole HMSG that tells a requester that nobody
// was there (spec §9). It goes to its own subscription sid, which matches reply;
// subject is where the request was published.
func AppendNoResponders[S text](dst, reply []byte, sid S, subject []byte) []byte {
	size := noRespondersSize + len(subject)
	dst = AppendHMsgLine(dst, reply, sid, nil, size, size)
	dst = append(dst, noResponders...)
	dst = append(dst, subject...)
	return append(dst, noRespondersFinish...)
}

func appendRoute[S text](dst, subject []byte, sid S, reply []byte) []byte {
	dst = append(dst, subject...)
	dst = append(dst, ' ')
	dst = append(dst, sid...)
	dst = append(dst, ' ')
	if len(reply) == 0 {
		return dst
	}
	dst = append(dst, reply...)
	return append(dst, ' ')
}

func appendSize(dst []byte, size int) []byte {
	dst = strconv.AppendUint(dst, uint64(size), 10)
	return append(dst, "\r\n"...)
}
