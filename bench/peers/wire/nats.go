package wire

import (
	"bytes"
	"fmt"
	"strconv"
)

// NATS is the client protocol of NATS, with the CONNECT that nats.go sends.
// With QoS 1, which isthmus knows and nats-server takes for any header, it
// publishes with qosHeader.
type NATS struct {
	QoS byte
	SID int // of the subscription in Hello; 0 stands for 1
}

// firstSID keeps the next nine million sids at seven digits.
const firstSID = 1000000

const qosHeader = "NATS/1.0\r\nMqtt-Qos: 1\r\n\r\n"

func (n NATS) Hello(id, filter string) ([]byte, int) {
	b := fmt.Appendf(nil, `CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"name":%q,`+
		`"lang":"go","version":"1.55.0","protocol":1,"echo":true,"headers":true,"no_responders":true}`+"\r\n", id)
	if filter != "" {
		b = fmt.Appendf(b, "SUB %s %d\r\n", filter, max(n.SID, 1))
	}
	return append(b, "PING\r\n"...), 1
}

// Subscribe uses sids of one width, so that deliveries have one size.
func (NATS) Subscribe(dst []byte, number int, filter string) ([]byte, int) {
	return fmt.Appendf(dst, "SUB %s %d\r\n", filter, firstSID+number), 0
}

// Unsubscribe appends the end of what Subscribe made with the same number.
func (NATS) Unsubscribe(dst []byte, number int) []byte {
	return fmt.Appendf(dst, "UNSUB %d\r\n", firstSID+number)
}

// Ask appends what the server gives one Answer to, behind all that came before.
func (NATS) Ask(dst []byte) []byte { return append(dst, "PING\r\n"...) }

func (n NATS) Publish(dst []byte, subject string, _ uint16, payload []byte) []byte {
	if n.QoS == 0 {
		dst = fmt.Appendf(dst, "PUB %s %d\r\n", subject, len(payload))
	} else {
		dst = fmt.Appendf(dst, "HPUB %s %d %d\r\n%s", subject, len(qosHeader), len(qosHeader)+len(payload), qosHeader)
	}
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
