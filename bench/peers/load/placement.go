package load

import (
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/isthmus-mq/isthmus/bench/peers/wire"
)

// placement puts connections on lanes of an isthmus with two of them: MQTT
// connections by the hash of their client identifier, NATS connections, which
// go where the fewest are, by filling the other lane before. It knows the
// server's counts because nobody else is connected.
type placement struct {
	target  Target
	counts  [2]int
	fillers []*conn
}

// mqtt returns a client identifier that belongs on the lane, and counts it.
func (p *placement) mqtt(name string, lane int) string {
	p.counts[lane]++
	for i := 0; ; i++ {
		id := fmt.Sprintf("%s%06d", name, i)
		if xxhash.Sum64String(id)%uint64(len(p.counts)) == uint64(lane) {
			return id
		}
	}
}

// nats makes the lane the one that the next NATS connection goes to, and counts
// it.
func (p *placement) nats(lane int) error {
	for other := 1 - lane; p.counts[other] <= p.counts[lane]; {
		c, err := join(wire.MQTT{}, p.target.MQTT, p.mqtt(fmt.Sprintf("filler%d-", len(p.fillers)), other), "")
		if err != nil {
			return err
		}
		p.fillers = append(p.fillers, c)
	}
	p.counts[lane]++
	return nil
}
