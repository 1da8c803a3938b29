package wire

import (
	"bytes"
	"fmt"
	"strconv"
)

// NATS is the client protocol of NATS, with the CONNECT that nats.go sends.
type NATS struct{}

func (NATS) Hello(id, filter string) ([]byte, int) {
	b := fmt.Appendf(nil, `CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"name":%q,`+
		`"lang":"go","version":"1.55.0","protocol":1,"echo":true,"headers":true,"no_responders":true}`+"\r\n", id)
	if filter != "" {
		b = fmt.Appendf(b, "SUB %s 1\r\n", filter)
	}
	return append(b, "PING\r\n"...), 1
}

func (NATS) Publish(dst []byte, subject string, payload []byte) []byte {
	dst = append(dst, "PUB "...)
	dst = append(dst, subject...)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, int64(len(payload)), 10)
	dst = append(dst, "\r\n"...)
	dst = append(dst, payload...)
	return append(dst, "\r\n"...)
}

func (NATS) Next(in []byte) (Kind, int, error) {
	end := bytes.IndexByte(in, '\n')
	if end < 0 {
		return Incomplete, 0, nil
	}
	line, size := bytes.TrimRight(in[:end], "\r"), end+1
	verb, _, _ := bytes.Cut(line, []byte(" "))
	switch string(verb) {
	case "MSG", "HMSG":
		fields := bytes.Fields(line)
		payload, err := strconv.Atoi(string(fields[len(fields)-1]))
		if err != nil {
			return 0, 0, fmt.Errorf("size in %q: %w", line, err)
		}
		if size += payload + len("\r\n"); size > len(in) {
			return Incomplete, 0, nil
		}
		return Message, size, nil
	case "PONG":
		return Answer, size, nil
	case "PING":
		return Ping, size, nil
	case "INFO", "+OK":
		return Notice, size, nil
	}
	return 0, 0, fmt.Errorf("server said %q", line)
}

func (NATS) Trailer() int { return len("\r\n") }

func (NATS) Pong() []byte { return []byte("PONG\r\n") }
