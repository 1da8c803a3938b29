package nats

import (
	"slices"
	"strconv"
)

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

// AppendMsg appends a whole MSG. An empty reply is left out. Nearly all of a
// server's output is made by it, so it makes room once and then fills it.
func AppendMsg[S text](dst, subject []byte, sid S, reply, payload []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, msgFrame+len(subject)+len(sid)+len(reply)+len(payload))
	b := dst[n:cap(dst)]
	b[0], b[1], b[2], b[3] = 'M', 'S', 'G', ' '
	i := len("MSG ")
	i += copy(b[i:], subject)
	b[i] = ' '
	i++
	if len(sid) <= shortSID {
		for k := range len(sid) {
			b[i+k] = sid[k]
		}
		i += len(sid)
	} else {
		i += copy(b[i:], sid)
	}
	b[i] = ' '
	i++
	if len(reply) > 0 {
		i += copy(b[i:], reply)
		b[i] = ' '
		i++
	}
	if size := uint(len(payload)); size < 100 {
		if size >= 10 {
			b[i] = byte('0' + size/10)
			i++
		}
		b[i] = byte('0' + size%10)
		i++
	} else {
		i += len(strconv.AppendUint(b[i:i:i+maxDigits], uint64(size), 10))
	}
	b[i], b[i+1] = '\r', '\n'
	i += 2
	i += copy(b[i:], payload)
	b[i], b[i+1] = '\r', '\n'
	return dst[:n+i+2]
}

const (
	// msgFrame bounds what a MSG takes beside its names and payload, in bytes.
	msgFrame = len("MSG ") + 3 + maxDigits + 2*len("\r\n")
	// shortSID is the length up to which a loop copies a sid faster.
	shortSID = 6
)

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
