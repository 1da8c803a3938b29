package disturb

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/isthmus-mq/isthmus/codec/nats"
)

// natsPackets is a valid conversation, which ends with PING.
func natsPackets(r *rand.Rand) [][]byte {
	headers := r.IntN(3) > 0
	packets := [][]byte{fmt.Appendf(nil, `CONNECT {"verbose":%t,"pedantic":%t,"echo":%t,"headers":%t,"no_responders":%t,"lang":"go","name":"disturb"}`+"\r\n",
		r.IntN(3) == 0, r.IntN(3) == 0, r.IntN(2) == 0, headers, headers && r.IntN(2) == 0)}
	sids := 0
	for range r.IntN(12) {
		var b []byte
		switch r.IntN(8) {
		case 0, 1:
			sids++
			var queue []byte
			if r.IntN(3) == 0 {
				queue = []byte("q")
			}
			b = nats.AppendSub(nil, natsFilter(r), queue, strconv.AppendInt(nil, int64(sids), 10))
		case 2:
			b = nats.AppendUnsub(nil, strconv.AppendInt(nil, int64(r.IntN(sids+2)), 10), r.IntN(3))
		case 3:
			b = []byte("PING\r\n")
		case 4:
			if headers {
				h := nats.AppendHeaderStart(nil)
				for range r.IntN(4) {
					key := []string{"A", "Content-Type", "Mqtt-Qos", "Mqtt-Retain", "Mqtt-Expiry", "Nats-Msg-Id"}[r.IntN(6)]
					h = nats.AppendHeaderLine(h, []byte(key), strconv.AppendInt(nil, int64(r.IntN(3)), 10))
				}
				b = nats.AppendHPub(nil, name(r, '.'), reply(r), nats.AppendHeaderEnd(h), payload(r))
				break
			}
			fallthrough
		default:
			b = nats.AppendPub(nil, name(r, '.'), reply(r), payload(r))
		}
		packets = append(packets, b)
	}
	return append(packets, []byte("PING\r\n"))
}

func natsFilter(r *rand.Rand) []byte {
	b := name(r, '.')
	switch r.IntN(5) {
	case 0:
		b = append(b, ".*"...)
	case 1:
		b = append(b, ".>"...)
	case 2:
		b = append([]byte("*."), b...)
	}
	return b
}

func reply(r *rand.Rand) []byte {
	if r.IntN(3) == 0 {
		return append([]byte("_INBOX."), name(r, '.')...)
	}
	return nil
}
