package wire

import "fmt"

// Raw is what bench/peers/relay understands, which parses nothing: a line with
// the client's name, "sub" or "pub" and a number, which is answered with PONG,
// and then the bytes of deliveries as NATS makes them.
type Raw struct{ NATS }

func (Raw) Hello(id, _ string) ([]byte, int) { return []byte(id + "\n"), 1 }

func (Raw) Subscribe([]byte, int, string) ([]byte, int) {
	panic("a relay knows no subscriptions")
}

func (Raw) Publish(dst []byte, subject string, _ uint16, payload []byte) []byte {
	dst = fmt.Appendf(dst, "MSG %s 1 %d\r\n", subject, len(payload))
	dst = append(dst, payload...)
	return append(dst, "\r\n"...)
}
